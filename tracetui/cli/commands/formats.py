"""`tracetui formats`: what can be read and how each is recognised."""

from __future__ import annotations

import click

from tracetui.cli.options import as_json, wide


@click.command()
@as_json
@wide
def command(as_json: bool, wide: bool) -> None:
    """List the formats that can be read.

    For each: what writes it and how it is recognised.
    """
    from tracetui.cli.output import print_json_rows, print_lines, talk
    from tracetui.cli.table import Column, table_lines
    from tracetui.cli.terminal import stdout_cells
    from tracetui.formats import broken_plugins, known_formats
    from tracetui.render.safe import safe

    names = ("name", "title", "produced_by", "recognised_by")
    rows = [{name: getattr(known, name) for name in names} for known in known_formats()]
    if as_json:
        print_json_rows(rows)
    else:
        columns = (Column("format"), *(Column(name.replace("_", " "), least_cells=16) for name in names[1:]))
        cells = None if wide else stdout_cells()
        print_lines(table_lines(columns, ([safe(value) for value in row.values()] for row in rows), cells))
    for plugin in broken_plugins():
        talk(f"plug-in {safe(plugin.name)} is not used: {safe(plugin.reason)}")
