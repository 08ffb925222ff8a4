"""Where the bundled samples are."""

from __future__ import annotations

from pathlib import Path

import tracetui
from tracetui.errors import InputError


def samples_folder() -> Path:
    """The folder of samples: inside an installed package, or in the checkout of an editable one.

    Raises InputError where an installation lacks them.
    """
    package = Path(tracetui.__file__).parent
    for folder in (package / "sample_traces", package.parent / "sample_traces"):
        if folder.is_dir():
            return folder
    raise InputError(
        "this installation has no sample traces", "install tracetui again from its wheel or its checkout"
    )
