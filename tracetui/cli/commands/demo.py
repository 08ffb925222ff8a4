"""`tracetui demo`: the bundled samples."""

from __future__ import annotations

import click

from tracetui.cli.options import appearance_options


@click.command()
@click.option(
    "--path", "only_path", is_flag=True, help="Print the folder of the samples instead of opening them."
)
@appearance_options
def command(only_path: bool, theme: str | None, mouse: bool) -> int:
    """Open the bundled samples in the terminal interface."""
    from tracetui.cli.interface import open_interface
    from tracetui.cli.loading import LoadRequest
    from tracetui.cli.output import print_lines
    from tracetui.cli.samples import samples_folder

    folder = samples_folder()
    if only_path:
        print_lines([str(folder)])
        return 0
    return open_interface(LoadRequest((str(folder),)), theme, mouse)
