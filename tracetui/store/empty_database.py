"""A database with all tables and views and no rows, kept to be copied: making one takes longer than a small file does."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

import duckdb

from tracetui import sql
from tracetui.store.cache import folder, force_to_disk


def copy_to(path: Path) -> bool:
    """Put a copy at `path`; False where none is kept."""
    try:
        shutil.copyfile(folder() / _name(), path)
    except OSError:
        return False
    return True


def keep(path: Path) -> None:
    """Keep a copy of the one at `path`, in the place of those of other versions. Where that fails, only time is lost."""
    kept = folder() / _name()
    unfinished = kept.with_name(f"{kept.name}.tmp-{os.getpid()}")
    with contextlib.suppress(OSError):
        shutil.copyfile(path, unfinished)
        force_to_disk(unfinished)
        for former in set(kept.parent.glob("empty-*")) - {unfinished}:
            former.unlink(missing_ok=True)
        os.replace(unfinished, kept)


@cache
def _name() -> str:
    """Names all that it is made from."""
    views = [sql.text(f"views/{name}") for name in sql.view_names()]
    macros = [sql.text(f"macros/{name}") for name in sql.macro_names()]
    parts = [duckdb.__version__, sql.text("tables"), sql.text("priced"), *views, *macros]
    return f"empty-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}.database"
