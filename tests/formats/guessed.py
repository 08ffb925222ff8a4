"""Rows of no format, read as they are guessed or by a mapping, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tracetui
from tests.formats.reading import entries_of
from tracetui.api import LoadOptions, TraceDB
from tracetui.formats.generic import FORMAT, format_with
from tracetui.formats.generic_map import SourceMap
from tracetui.model import Span


def columns(known: SourceMap) -> dict[str, str]:
    return {entry.field: entry.column for entry in known.fields}


def spans(*rows: Any, known: SourceMap | None = None) -> list[Span]:
    form = FORMAT if known is None else format_with(known)
    return [entry for entry in entries_of(form, *rows) if isinstance(entry, Span)]


def opened(path: Path, **options: Any) -> TraceDB:
    return tracetui.open(path, options=LoadOptions(in_process=True, cached=False, **options))


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path
