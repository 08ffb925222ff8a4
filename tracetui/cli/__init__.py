"""The command line: one click command a file in `commands/`; stdout is data, stderr is talk."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command that `sys.argv` names and exit with its status."""
    from tracetui.cli.ending import run

    sys.exit(run(sys.argv[1:]))
