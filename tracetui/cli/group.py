"""The command group: commands are found by walking `commands/`, and `tracetui PATH…` means `tracetui open PATH…`."""

from __future__ import annotations

from importlib import import_module

import click

from tracetui.cli import commands
from tracetui.cli.names import DEFAULT_COMMAND, command_names
from tracetui.version import VERSION

_OWN_OPTIONS = frozenset({"--help", "-h", "--version"})


class DefaultGroup(click.Group):
    """A group whose first argument is a command, or else a path for the default command."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(command_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in command_names():
            return None
        suffix = "_" if cmd_name == "import" else ""
        command: click.Command = import_module(f"{commands.__name__}.{cmd_name}{suffix}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in _OWN_OPTIONS and args[0] not in command_names():
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    click.echo(f"tracetui {VERSION}")
    ctx.exit()


@click.group(
    cls=DefaultGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 2 wrong usage, 3 nothing could be loaded, 130 interrupted.",
    subcommand_metavar="PATH… | COMMAND [ARGS]…",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Print the version and leave.",
)  # fmt: skip
def tracetui() -> None:
    """Open exported AI-agent traces and see what happened.

    `tracetui PATH…` opens files in the terminal interface; the commands below print the same facts.

    A PATH is a file, folder or glob; .gz, .zst, .zip and .tar.gz are read as they are; - is stdin. A file that is
    named like a command opens with `tracetui open PATH`.
    """
