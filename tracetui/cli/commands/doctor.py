"""`tracetui doctor`: what this installation and terminal are, for a report or a puzzle."""

from __future__ import annotations

import click

from tracetui.cli.options import as_json


@click.command()
@as_json
def command(as_json: bool) -> int:
    """Print versions, terminal, folders and a self-test.

    The status is 1 when no worker process answers.
    """
    from tracetui.cli.diagnosis import diagnosis
    from tracetui.cli.output import print_json, print_lines
    from tracetui.render.safe import safe

    facts = diagnosis()
    if as_json:
        print_json(facts)
    else:
        label_cells = max(map(len, facts))
        print_lines(f"{name:<{label_cells}}  {safe(str(value))}" for name, value in facts.items())
    return 0 if facts["worker"] == "ok" else 1
