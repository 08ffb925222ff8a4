"""`tracetui query`: ready questions, and their answers."""

from __future__ import annotations

from pathlib import Path

import click

from tracetui.cli.answering import Asked, Shape, answer, answer_options, given_values
from tracetui.cli.loading import LoadRequest
from tracetui.cli.options import loads_paths
from tracetui.errors import UsageError


class _QueryCommand(click.Command):
    """A command that lists what there is when it is given nothing."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not [arg for arg in args if not arg.startswith("-")] and "--help" not in args and "-h" not in args:
            print_questions("--json" in args)
            ctx.exit()
        given = [arg for arg in args if not arg.startswith("-")]
        if len(given) == 1 and "--help" not in args and "-h" not in args and Path(given[0]).exists():
            raise UsageError(
                f"no question is named for {given[0]}",
                "Write `tracetui query NAME PATH…`; `tracetui query` lists the names.",
            )
        return super().parse_args(ctx, args)


@click.command(name="query", cls=_QueryCommand)
@click.argument("name", metavar="[NAME]")
@loads_paths
@answer_options
def command(name: str, request: LoadRequest, shape: Shape) -> None:
    """Answer a ready question; without a NAME, list them.

    docs/queries.md describes them all.
    """
    from tracetui.sql.questions import question

    asked = question(name)
    values = asked.values(given_values(shape.parameters))
    answer(Asked([asked.text], dict(values), needs_prices=True), request, shape)


def print_questions(as_json: bool) -> None:
    """The questions with their titles and parameters."""
    from tracetui.cli.output import print_json_rows, print_lines
    from tracetui.cli.table import Column, table_lines
    from tracetui.cli.terminal import stdout_cells
    from tracetui.sql.questions import question, question_names

    found = [question(name) for name in question_names()]
    if as_json:
        print_json_rows(
            {"name": q.name, "title": q.title, "about": q.about, "parameters": q.parameters} for q in found
        )
        return
    rows = [[q.name, q.title, ", ".join(p.name for p in q.parameters)] for q in found]
    columns = (Column("question"), Column("title", least_cells=20), Column("parameters"))
    print_lines(table_lines(columns, rows, stdout_cells()))
