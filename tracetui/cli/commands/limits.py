"""`tracetui limits`: how much of an input is accepted."""

from __future__ import annotations

import click

from tracetui.cli.options import as_json


@click.command()
@as_json
def command(as_json: bool) -> None:
    """List the limits on what is accepted.

    They protect the machine from large or hostile input.
    """
    from dataclasses import asdict

    from tracetui.cli.output import print_json, print_lines
    from tracetui.cli.table import Column, table_lines
    from tracetui.reading.limits import Limits

    limits = asdict(Limits())
    if as_json:
        print_json(limits)
    else:
        columns = (Column("limit"), Column("value", align_right=True))
        print_lines(table_lines(columns, ([name, f"{value:,}"] for name, value in limits.items()), None))
