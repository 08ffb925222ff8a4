"""`tracetui open PATH…`, and `tracetui PATH…`: the terminal interface."""

from __future__ import annotations

import click

from tracetui.cli.loading import LoadRequest
from tracetui.cli.options import appearance_options, loads_paths, priced


@click.command()
@loads_paths
@click.option(
    "--trusted",
    is_flag=True,
    help="Nobody crafted the Parquet files: list their runs in place, three times as fast, while they load.",
)
@click.option(
    "--unsafe-sql",
    "is_sql_unsafe",
    is_flag=True,
    help="In the SQL view, run any statement, with access to files and settings.",
)
@priced
@appearance_options
def command(
    request: LoadRequest, theme: str | None, mouse: bool, price_files: tuple[str, ...], is_sql_unsafe: bool
) -> int:
    """Open files in the terminal interface."""
    from tracetui.cli.interface import open_interface

    return open_interface(request, theme, mouse, price_files, is_sql_unsafe=is_sql_unsafe)
