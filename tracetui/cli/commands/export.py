"""`tracetui export`: what was loaded, written as tracetui's own format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from tracetui.cli.loading import LoadRequest, loaded
from tracetui.cli.options import loads_paths


@click.command()
@loads_paths
@click.option(
    "-o", "--output", "out", required=True, type=click.Path(path_type=Path), metavar="OUT",
    help="A .jsonl or .parquet file, or a folder for one Parquet file a view.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace OUT where it exists.")
def command(request: LoadRequest, out: Path, overwrite: bool) -> None:
    """Write what was loaded as JSONL or Parquet."""
    from tracetui.api import export
    from tracetui.cli.output import talk
    from tracetui.errors import UsageError
    from tracetui.render.safe import safe

    if out.exists() and not overwrite and not out.is_dir():
        raise UsageError(f"{out} exists", "--overwrite replaces it")
    with loaded(replace(request, full=True)) as db:
        count = export(db, out)
    if not request.quiet:
        talk(f"written: {count:,} {'rows' if out.is_dir() else 'spans'} to {safe(str(out))}")
