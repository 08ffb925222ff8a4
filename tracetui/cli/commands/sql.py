"""`tracetui sql`: one read-only statement over the public views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracetui.cli.loading import LoadRequest, loaded
from tracetui.cli.options import as_csv, as_json, loads_paths, wide

if TYPE_CHECKING:
    from tracetui.api import ResultWindow


@click.command(name="sql")
@click.argument("query", metavar="'SELECT …'")
@loads_paths
@as_json
@as_csv
@wide
def command(query: str, request: LoadRequest, as_json: bool, as_csv: bool, wide: bool) -> None:
    """Answer a query over the public views.

    The views are runs, spans, steps, messages, tool_calls and more; docs/sql.md describes them all.
    """
    from tracetui.cli.output import print_csv, print_json_rows
    from tracetui.cli.result_rows import exact_rows, json_rows

    with loaded(request) as db:
        result = db.sql(query)
        if as_json:
            print_json_rows(json_rows(result))
        elif as_csv:
            print_csv(result.columns, exact_rows(result))
        else:
            _print_table(result, wide, request.quiet)


def _print_table(result: ResultWindow, wide: bool, quiet: bool) -> None:
    from tracetui.cli.output import print_lines, talk
    from tracetui.cli.result_lines import result_lines
    from tracetui.cli.terminal import stdout_cells

    print_lines(result_lines(result, None if wide else stdout_cells()))
    if not quiet:
        talk(f"{result.row_count:,} row{'' if result.row_count == 1 else 's'}")
