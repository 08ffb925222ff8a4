"""`tracetui open PATH…`, and `tracetui PATH…`: the terminal interface."""

from __future__ import annotations

import click

from tracetui.cli.loading import LoadRequest
from tracetui.cli.options import appearance_options, loads_paths


@click.command()
@loads_paths
@appearance_options
def command(request: LoadRequest, theme: str | None, mouse: bool) -> int:
    """Open files in the terminal interface."""
    from tracetui.cli.interface import open_interface

    return open_interface(request, theme, mouse)
