"""The index: hot columns and places of the spans of a big, regular file, without a Python object per span.

The file is cut into pieces (`tracetui.reading.pieces`), DuckDB decodes them where they lie in the read buffer, and
only `store.spans` and `store.headers` are filled. What is not written in the expected way comes back as `rest`, whole
records at a time, for the full reader; nothing is lost and nothing is read twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from tracetui import sql
from tracetui.reading.pieces import Chunk, Piece, Pieces
from tracetui.reading.pieces_otlp import OtlpCutter
from tracetui.store.index_attributes import install, keys_in_use, statement
from tracetui.store.index_stream import PieceStream, Progress

HEAD_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class IndexJob:
    """What to index: a plain file, its format and container by name, and the keys its spans get."""

    path: str
    format: str
    container: str
    source_key: int
    id_scope: int
    first_span_key: int


@dataclass(frozen=True, slots=True)
class IndexOutcome:
    """What came of it: `records` = `spans` + the pieces of `rest`, which are in file order.

    Keys from `next_span_key` on are free; some before it may be unused.
    """

    spans: int
    records: int
    next_span_key: int
    rest: tuple[Piece, ...]


def index_source(connection: duckdb.DuckDBPyConnection, job: IndexJob, progress: Progress) -> IndexOutcome:
    """Fill `store.spans` from one file; `progress` gets the bytes done and the rows seen, and may raise to stop.

    Raises what `progress` raises, OSError where the file cannot be read, EOFError where it shrinks meanwhile.
    """
    keys = keys_in_use(_head(job.path))
    cut: Callable[[Chunk, int], Pieces] = OtlpCutter().cut
    stream = PieceStream(job.path, cut, job.first_span_key, progress)
    connection.execute(sql.text("index/macros"))
    insert = statement("otlp", keys, install(connection, keys))
    _insert(connection, insert, stream, job)
    irregular = _remove_irregular(connection, job, stream)
    _insert_headers(connection, job, stream)
    spans = _count(connection, job)
    rest = tuple(sorted([*stream.rest, *irregular], key=lambda piece: piece.byte_offset))
    return IndexOutcome(spans, spans + len(rest), stream.next_key, rest)


def _insert(connection: duckdb.DuckDBPyConnection, insert: str, stream: PieceStream, job: IndexJob) -> None:
    connection.register("index_pieces", stream.reader())
    try:
        connection.execute(insert, {"source_key": job.source_key, "id_scope": job.id_scope}).fetchall()
    except duckdb.Error:
        if stream.failure is not None:
            raise stream.failure from None
        raise
    finally:
        connection.unregister("index_pieces")


def _remove_irregular(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, stream: PieceStream
) -> list[Piece]:
    """Take out the records in which a piece could not be decoded, and say where they stand."""
    lines = connection.execute(sql.text("index/irregular"), [job.source_key, job.first_span_key]).fetchall()
    if not lines:
        return []
    numbers = [int(line) for (line,) in lines]
    connection.execute(sql.text("index/remove"), [job.source_key, job.first_span_key, numbers]).fetchall()
    return [stream.line(number) for number in numbers]


def _insert_headers(connection: duckdb.DuckDBPyConnection, job: IndexJob, stream: PieceStream) -> None:
    rows = [
        (
            shared.key,
            job.source_key,
            header.resource_offset,
            len(header.resource),
            header.scope_offset,
            len(header.scope),
        )
        for shared in stream.headers
        if (header := shared.header)
    ]
    if rows:
        connection.executemany("INSERT INTO store.headers VALUES (?, ?, ?, ?, ?, ?)", rows)


def _count(connection: duckdb.DuckDBPyConnection, job: IndexJob) -> int:
    rows = connection.execute(sql.text("index/count"), [job.source_key, job.first_span_key]).fetchall()
    return int(rows[0][0])


def _head(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(HEAD_BYTES)
