"""The SQL of tracetui, as files: base tables, public views, derivations and the reads behind the screens."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def text(name: str) -> str:
    """The text of `sql/<name>.sql`; names use slashes, such as `views/runs`."""
    return resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def view_names() -> tuple[str, ...]:
    """The public views, sorted; each is a file of its own in `views/`."""
    return _names_in("views")


def macro_names() -> tuple[str, ...]:
    """The public table macros, sorted; each is a file of its own in `macros/`."""
    return _names_in("macros")


def _names_in(name: str) -> tuple[str, ...]:
    folder = resources.files(__name__).joinpath(name)
    return tuple(sorted(entry.name[:-4] for entry in folder.iterdir() if entry.name.endswith(".sql")))
