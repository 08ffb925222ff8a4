"""What was loaded, written as our own plain format, as a folder of views or as a database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tracetui.api.db import TraceDB
from tracetui.errors import UsageError
from tracetui.model import JsonValue


def export(db: TraceDB, out: Path | str) -> int:
    """Write everything to `out` and return how many lines or rows were written.

    `.jsonl` and `.parquet` get one span a line or row in the plain format, `.duckdb` the database with its views,
    anything else a folder with one Parquet file a view. An existing file is replaced in one step, and nothing in an
    existing folder is before all views are written; other files in it stay.
    """
    from tracetui.store import cache

    out = Path(out)
    writers: dict[str, Callable[[TraceDB, Path], int]] = {
        ".jsonl": _write_lines, ".parquet": _write_parquet, ".duckdb": _copy_database,
    }  # fmt: skip
    writer = writers.get(out.suffix.lower())
    if writer is None:
        if out.suffix:
            raise UsageError(
                f"cannot export to {out.suffix} files", "Use .jsonl, .parquet, .duckdb or a folder."
            )
        return _write_views(db, out)
    temporary = out.with_name(f"{out.name}.tmp-{os.getpid()}")
    try:
        count = writer(db, temporary)
        os.replace(temporary, out)
        if writer is _copy_database:
            cache.mark_own(out)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _plain_lines(db: TraceDB) -> Iterator[dict[str, JsonValue]]:
    from tracetui.formats.plain import score_to_plain, span_to_plain, trace_to_plain

    for facts in db.stored_trace_facts():
        yield trace_to_plain(facts)
    for span in db.stored_spans():
        yield span_to_plain(span)
    for score in db.stored_trace_scores():
        yield score_to_plain(score)


def _write_lines(db: TraceDB, path: Path) -> int:
    from tracetui.reading import lenient

    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for line in _plain_lines(db):
            stream.write(lenient.dumps(line) + "\n")
            count += 1
    return count


def _write_parquet(db: TraceDB, path: Path) -> int:
    from tracetui.formats.plain import COLUMNS
    from tracetui.store.writing import write_plain_parquet

    return write_plain_parquet(path, COLUMNS, _plain_lines(db))


def _copy_database(db: TraceDB, path: Path) -> int:
    shutil.copyfile(db.path, path)
    db.write_prices(path)
    with path.open("rb") as written:
        os.fsync(written.fileno())
    return sum(source.spans for source in db.sources())


def _write_views(db: TraceDB, folder: Path) -> int:
    from tracetui.sql import view_names

    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f"{folder.name}.tmp-{os.getpid()}")
    temporary.mkdir()
    try:
        count = sum(db.write_view(name, temporary / f"{name}.parquet") for name in view_names())
        _move_files(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return count


def _move_files(source: Path, target: Path) -> None:
    """Give a folder its name; where there is one already, its files are replaced one by one."""
    if not target.exists():
        os.replace(source, target)
        return
    for file in sorted(source.iterdir()):
        os.replace(file, target / file.name)
