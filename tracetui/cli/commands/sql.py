"""`tracetui sql`: one read-only statement over the public views."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from tracetui.cli.loading import LoadRequest, loaded
from tracetui.cli.options import as_csv, as_json, loads_paths, wide

if TYPE_CHECKING:
    from tracetui.api import ResultWindow


_COMMENTED = re.compile(r"--(\s|[^=]*\n)")


class _SqlCommand(click.Command):
    """A command whose statement may begin with a comment, which is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {arg}" if _COMMENTED.match(arg) else arg for arg in args])


@click.command(name="sql", cls=_SqlCommand)
@click.argument("query", metavar="'SELECT …'")
@loads_paths
@as_json
@as_csv
@wide
def command(query: str, request: LoadRequest, as_json: bool, as_csv: bool, wide: bool) -> None:
    """Answer a query over the public views.

    The views are runs, spans, steps, messages, tool_calls and more; docs/sql.md describes them all.
    """
    from tracetui.cli.output import talk
    from tracetui.errors import NotLoadedError

    shape = _Shape(as_json, as_csv, wide, request.quiet)
    try:
        # a source read from stdin cannot be read again
        _answer(query, request, shape, stage="full" if "-" in request.paths else "tree")
    except NotLoadedError:
        if not request.quiet:
            talk("the query needs payloads, which are loaded now")
        _answer(query, replace(request, full=True), shape, stage="full")


@dataclass(frozen=True, slots=True)
class _Shape:
    as_json: bool
    as_csv: bool
    wide: bool
    quiet: bool


def _answer(query: str, request: LoadRequest, shape: _Shape, stage: str) -> None:
    from tracetui.cli.output import print_csv, print_json_rows
    from tracetui.cli.result_rows import exact_rows, json_rows

    with loaded(request, stage) as db:
        result = db.sql(query)
        if shape.as_json:
            print_json_rows(json_rows(result))
        elif shape.as_csv:
            print_csv(result.columns, exact_rows(result))
        else:
            _print_table(result, shape.wide, shape.quiet)


def _print_table(result: ResultWindow, wide: bool, quiet: bool) -> None:
    from tracetui.cli.output import print_lines, talk
    from tracetui.cli.result_lines import result_lines
    from tracetui.cli.terminal import stdout_cells

    print_lines(result_lines(result, None if wide else stdout_cells()))
    if not quiet:
        talk(f"{result.row_count:,} row{'' if result.row_count == 1 else 's'}")
