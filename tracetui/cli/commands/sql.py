"""`tracetui sql`: read-only statements over the public views."""

from __future__ import annotations

import re

import click

from tracetui.cli.answering import Asked, Shape, answer, answer_options, given_values
from tracetui.cli.loading import LoadRequest
from tracetui.cli.options import loads_paths
from tracetui.sql.questions import typed_value

_MONEY = re.compile(r"cost|price|usd|\*|\bruns\b|\bsteps\b|\bllm_calls\b|\bsessions\b", re.IGNORECASE)
"""A query that may ask for money; others are spared the prices."""
_COMMENTED = re.compile(r"--(\s|[^=]*\n)")


class _SqlCommand(click.Command):
    """A command whose statement may begin with a comment, which is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {arg}" if _COMMENTED.match(arg) else arg for arg in args])


@click.command(name="sql", cls=_SqlCommand)
@click.argument("query", metavar="'SELECT …'")
@loads_paths
@click.option(
    "--script",
    is_flag=True,
    help="Run several statements; each result is result_1, result_2, … to those after it.",
)
@click.option(
    "--unsafe-sql", "is_unsafe", is_flag=True, help="Run any statement, with access to files and settings."
)
@answer_options
def command(query: str, request: LoadRequest, script: bool, is_unsafe: bool, shape: Shape) -> None:
    """Answer a query over the public views.

    The views are runs, spans, steps, messages, tool_calls and more; docs/sql.md describes them all. Of a script, JSON,
    CSV and FILE hold the last answer.
    """
    from tracetui.cli.output import talk

    if is_unsafe:
        talk("--unsafe-sql: the statement may read and write files")
    values = {name: typed_value(text) for name, text in given_values(shape.parameters).items()}
    asked = Asked([query], values, bool(_MONEY.search(query)), script, is_unsafe)
    answer(asked, request, shape)
