"""`tracetui export`: what was loaded, written as tracetui's own format."""

from __future__ import annotations

from pathlib import Path

import click

from tracetui.cli.loading import LoadRequest, loaded, with_prices
from tracetui.cli.options import loads_paths, priced
from tracetui.cli.writing import refuse_output, written


@click.command()
@loads_paths
@click.option(
    "-o", "--output", "out", required=True, type=click.Path(path_type=Path), metavar="OUT",
    help="A .jsonl, .parquet or .duckdb file, or a folder for one Parquet file a view.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace OUT where it exists.")
@priced
def command(request: LoadRequest, out: Path, overwrite: bool, price_files: tuple[str, ...]) -> None:
    """Write what was loaded as JSONL, Parquet or a DuckDB database."""
    from tracetui.api.result_files import refuse_source
    from tracetui.cli.output import talk
    from tracetui.render.safe import safe

    refuse_output(out, overwrite)
    refuse_source(out, request.paths)
    with loaded(request._replace(full=True)) as db:
        with_prices(db, price_files)
        count = written(db, out)
    if not request.quiet:
        talk(f"written: {count:,} {'rows' if out.is_dir() else 'spans'} to {safe(str(out))}")
