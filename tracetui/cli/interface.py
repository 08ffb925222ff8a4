"""From a command to the terminal interface."""

from __future__ import annotations

from pathlib import Path

from tracetui.cli.loading import LoadRequest, refuse_mistyped_command, refuse_terminal_as_input


def open_interface(
    request: LoadRequest,
    theme: str | None,
    mouse: bool,
    price_files: tuple[str, ...] = (),
    *,
    is_sql_unsafe: bool = False,
) -> int:
    """Run the interface on what the request names; the exit status. Raises UsageError where there is no terminal."""
    refuse_terminal_as_input(request.paths)
    refuse_mistyped_command(request.paths)
    is_plain = request == LoadRequest(request.paths)
    options = None if is_plain else request.options()
    from tracetui.tui.launch import Appearance, run_app

    files = [Path(name) for name in price_files]
    return run_app(request.paths, options, Appearance(theme, mouse, is_sql_unsafe), files)
