"""Where mappings are saved, and whether any has changed; quick to import."""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = "maps"


def config_folder() -> Path:
    """Where the user's settings are: `$TRACETUI_CONFIG_DIR`, else `$XDG_CONFIG_HOME/tracetui`, else `~/.config/tracetui`."""
    own = os.environ.get("TRACETUI_CONFIG_DIR")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "tracetui"


def maps_folder() -> Path:
    """Where mappings are saved, one file for each set of columns."""
    return config_folder() / _FOLDER


def saved_state() -> str:
    """A text that changes whenever a saved mapping does, for the names of cached databases."""
    try:
        found = sorted((entry.name, entry.stat().st_mtime_ns) for entry in os.scandir(maps_folder()))
    except OSError:
        return ""
    return repr(found)
