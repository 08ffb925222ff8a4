"""The index: hot columns and places of the spans of a big, regular file, without a Python object per span.

The file is cut into pieces (`tracetui.reading.pieces`), DuckDB decodes them where they lie in the read buffer, and
only `store.spans` and `store.headers` are filled. What is not written in the expected way comes back as `rest`, whole
records at a time, for the full reader; nothing is lost and nothing is loaded twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

import duckdb

from tracetui import sql
from tracetui.reading.pieces import Piece, cut_lines
from tracetui.reading.pieces_otlp import OtlpCutter
from tracetui.store import connection as connections
from tracetui.store import index_phoenix, index_plain
from tracetui.store.index_attributes import ListColumns, fill, install, keys_in_use, marked, run_keys
from tracetui.store.index_head import is_regular_otlp, is_regular_plain
from tracetui.store.index_parquet import CannotIndex, RowStream, open_table
from tracetui.store.index_stream import Guarded, IsStopped, PieceStream, Progress

__all__ = ["CannotIndex", "IndexJob", "IndexOutcome", "Progress", "can_index", "index_source"]

HEAD_BYTES = 1 << 20
_SAMPLES, _SAMPLE_BYTES = 16, 1 << 18
_LONGEST_BLANK = 1_000
_MEMORY = "192MB"
_TRY = {"try": "try"}


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

    A piece of a Parquet file is rows: `byte_offset` is the index of the first from 0, `byte_length` how many.
    Keys from `next_span_key` on are free; some before it may be unused. What begins at `stopped_before` was not read.
    """

    spans: int
    records: int
    next_span_key: int
    rest: tuple[Piece, ...]
    stopped_before: Piece | None


def index_source(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, progress: Progress,
    is_stopped: IsStopped = lambda: False,
) -> IndexOutcome:  # fmt: skip
    """Fill `store.spans` from one file, or from its beginning if told to stop; `progress` gets the bytes done and the rows seen.

    Raises what `progress` raises, CannotIndex where the full reader has to take the file whole, OSError where it
    cannot be read, EOFError where it shrinks meanwhile. After a failure none of the file's rows are left.
    """
    indexer = _INDEXERS.get((job.format, job.container))
    if indexer is None:
        raise CannotIndex(f"{job.format} in {job.container} has no index")
    connection.execute(sql.text("index/macros")).fetchall()
    try:
        with _little_memory(connection), _whole_or_nothing(connection, job):
            return indexer(connection, job, progress, is_stopped)
    except duckdb.OutOfMemoryException:
        with _whole_or_nothing(connection, job):
            return indexer(connection, job, progress, is_stopped)


def _otlp(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, progress: Progress, is_stopped: IsStopped
) -> IndexOutcome:
    cut = OtlpCutter().cut
    usual = keys_in_use(_samples(job.path))
    stream = _insert_lines(
        connection, _otlp_statement(connection, usual), job,
        lambda: PieceStream(job.path, cut, job.first_span_key, progress, is_stopped),
    )  # fmt: skip
    rest, headers = list(stream.rest), stream
    found = connection.execute(sql.text("index/others"), [job.source_key, job.first_span_key]).fetchall()
    if found:
        others = stream.parts(found)
        _remove_lines(connection, job, [line for line, _ in found])
        keys = tuple(dict.fromkeys([*usual, *keys_in_use(stream.texts(others))]))
        headers = _insert_lines(
            connection, _otlp_statement(connection, keys), job, lambda: stream.again(others)
        )
        rest += headers.rest
    irregular = connection.execute(
        sql.text("index/irregular"), [job.source_key, job.first_span_key]
    ).fetchall()
    lines = sorted({int(line) for line, _, _ in irregular})
    _remove_lines(connection, job, lines)
    rest += map(stream.line, lines)
    _insert_headers(connection, job, headers)
    return _outcome(connection, job, stream, rest)


def first_lines(
    connection: duckdb.DuckDBPyConnection, path: str, format_name: str, head: bytes, wanted_bytes: int
) -> tuple[str, Guarded]:
    """The insert for lines of a file, as far as a list of runs needs it, and its first rows: some more than `wanted_bytes`."""
    reached = 0

    def note(done_bytes: int, _rows: int) -> None:
        nonlocal reached
        reached = done_bytes

    if format_name == "otlp":
        keys = [key for key in keys_in_use([head]) if key in run_keys()]
        statement, cut = _otlp_statement(connection, keys, again=False), OtlpCutter().cut
    else:
        statement, cut = index_plain.statement(sql.text("index/plain_lines")), cut_lines
    return marked(statement, _TRY), PieceStream(path, cut, 0, note, lambda: reached >= wanted_bytes)


def _otlp_statement(
    connection: duckdb.DuckDBPyConnection, usual: Sequence[str], *, again: bool = True
) -> str:
    """The insert for these attributes; spans with others are marked to be read `again`."""
    columns = ListColumns(usual)
    marks = {"code": install(connection, usual), "again": "WHEN has_others THEN ''" if again else ""}
    text = sql.text("index/otlp").replace("/*lists*/", sql.text("index/lists"))
    filled = fill(marked(text, marks), columns)
    return marked(filled, {"values": columns.values()})


def _plain_lines(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, progress: Progress, is_stopped: IsStopped
) -> IndexOutcome:
    stream = _insert_lines(
        connection, index_plain.statement(sql.text("index/plain_lines")), job,
        lambda: PieceStream(job.path, cut_lines, job.first_span_key, progress, is_stopped),
    )  # fmt: skip
    irregular = _not_blank(job.path, _take_irregular(connection, job))
    return _outcome(connection, job, stream, [*stream.rest, *irregular])


def _plain_rows(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, progress: Progress, is_stopped: IsStopped
) -> IndexOutcome:
    table = open_table(job.path)
    stream = RowStream(table, index_plain.FIELDS, job.first_span_key, progress, is_stopped)
    return _rows(connection, job, stream, index_plain.statement(index_plain.rows(table.columns)))


def _phoenix_rows(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, progress: Progress, is_stopped: IsStopped
) -> IndexOutcome:
    table = open_table(job.path)
    stream = RowStream(table, index_phoenix.wanted(), job.first_span_key, progress, is_stopped)
    return _rows(connection, job, stream, index_phoenix.statement(table.columns))


def read_answers(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, next_span_key: int, progress: Progress
) -> None:
    """Note of calls what only their payload tells, where `index_source` read none: charges besides tokens, and tiers.
    It read as far as `next_span_key` says.

    Where that cannot be read, all calls of the source may have such charges.
    """
    if (job.format, job.container) != ("phoenix", "parquet"):
        return
    try:
        table = open_table(job.path)
        update = index_phoenix.answers(table.columns)
        if update is not None:
            stream = RowStream(
                table, (index_phoenix.ANSWER,), job.first_span_key, progress,
                lambda: stream.next_key >= next_span_key,
            )  # fmt: skip
            _execute(connection, update, stream, {"source_key": job.source_key})
    except CannotIndex:
        connection.execute(sql.text("index/unread_answers"), [job.source_key]).fetchall()


def _rows(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, stream: RowStream, insert: str
) -> IndexOutcome:
    _insert(connection, insert, stream, job)
    return _outcome(connection, job, stream, _take_irregular(connection, job, row_length=1))


Indexer = Callable[[duckdb.DuckDBPyConnection, IndexJob, Progress, IsStopped], IndexOutcome]

_INDEXERS: Mapping[tuple[str, str], Indexer] = {
    ("otlp", "jsonl"): _otlp,
    ("otlp", "json"): _otlp,  # one document, on one line if its head is regular
    ("plain", "jsonl"): _plain_lines,
    ("plain", "parquet"): _plain_rows,
    ("phoenix", "parquet"): _phoenix_rows,
}


# --- in the database -------------------------------------------------------------------------------------------


def _insert_lines(
    connection: duckdb.DuckDBPyConnection, insert: str, job: IndexJob, stream_of: Callable[[], PieceStream]
) -> PieceStream:
    """Fill the table from lines. `try` copies all that it guards: lines that are not JSON are worth a second pass. Such a line
    fails with InvalidInputException, or with UnicodeDecodeError where the message quotes bad UTF-8."""
    stream = stream_of()
    with suppress(duckdb.InvalidInputException, UnicodeDecodeError):
        _insert(connection, insert, stream, job)
        return stream
    stream = stream_of()
    _insert(connection, marked(insert, _TRY), stream, job)
    return stream


def _insert(connection: duckdb.DuckDBPyConnection, insert: str, stream: Guarded, job: IndexJob) -> None:
    _execute(connection, insert, stream, {"source_key": job.source_key, "id_scope": job.id_scope})


def _execute(
    connection: duckdb.DuckDBPyConnection, statement: str, stream: Guarded, values: Mapping[str, int]
) -> None:
    connection.register("index_pieces", stream.reader())
    try:
        connection.execute(statement, values).fetchall()
    except duckdb.Error:
        if stream.failure is not None:
            raise stream.failure from None
        raise
    finally:
        connection.unregister("index_pieces")


@contextmanager
def _whole_or_nothing(connection: duckdb.DuckDBPyConnection, job: IndexJob) -> Iterator[None]:
    try:
        yield
    except BaseException as failure:
        try:
            connection.execute(sql.text("index/remove"), [job.source_key, job.first_span_key]).fetchall()
        except duckdb.FatalException:
            failure.add_note("The database cannot be used any more.")
        raise


@contextmanager
def _little_memory(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One row group in memory per thread instead of five, and written blocks let go: 250 MB less at the same speed."""
    connection.execute(f"SET memory_limit = '{_MEMORY}'").fetchall()
    connection.execute("SET write_buffer_row_group_count = 1").fetchall()
    try:
        yield
    finally:
        connection.execute("RESET write_buffer_row_group_count").fetchall()
        connection.execute(f"SET memory_limit = '{connections.MEMORY_LIMIT}'").fetchall()


def _remove_lines(connection: duckdb.DuckDBPyConnection, job: IndexJob, lines: Sequence[int]) -> None:
    if lines:
        connection.execute(
            sql.text("index/remove_lines"), [job.source_key, job.first_span_key, lines]
        ).fetchall()


def _take_irregular(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, row_length: int | None = None
) -> list[Piece]:
    """Take out the rows that could not be decoded, where each is a record, and say where they stand."""
    rows = connection.execute(sql.text("index/irregular"), [job.source_key, job.first_span_key]).fetchall()
    if rows:
        connection.execute(
            sql.text("index/remove_irregular"), [job.source_key, job.first_span_key]
        ).fetchall()
    return [Piece(offset, row_length or length, line) for line, offset, length in rows]


def _insert_headers(connection: duckdb.DuckDBPyConnection, job: IndexJob, stream: PieceStream) -> None:
    for shared in stream.headers:
        header = shared.header
        if header:
            places = (header.resource_offset, len(header.resource), header.scope_offset, len(header.scope))
            connection.execute(sql.text("index/header"), [shared.key, job.source_key, *places]).fetchall()


def _outcome(
    connection: duckdb.DuckDBPyConnection, job: IndexJob, stream: Guarded, rest: list[Piece]
) -> IndexOutcome:
    rows = connection.execute(sql.text("index/count"), [job.source_key, job.first_span_key]).fetchall()
    spans = int(rows[0][0])
    pieces = tuple(sorted(rest, key=lambda piece: piece.byte_offset))
    return IndexOutcome(spans, spans + len(rest), stream.next_key, pieces, stream.stopped_before)


def _not_blank(path: str, pieces: list[Piece]) -> list[Piece]:
    """The pieces that hold more than white space."""
    with open(path, "rb") as file:
        return [piece for piece in pieces if not _is_blank(file, piece)]


def _is_blank(file: BinaryIO, piece: Piece) -> bool:
    file.seek(piece.byte_offset)
    return piece.byte_length <= _LONGEST_BLANK and not file.read(piece.byte_length).strip()


def can_index(head: bytes, format_name: str) -> bool:
    """Whether a file with this head (its first HEAD_BYTES) is regular enough; its name or container do not matter."""
    if head.startswith(b"PAR1"):
        return (format_name, "parquet") in _INDEXERS
    is_regular = _REGULAR.get(format_name)
    return is_regular is not None and is_regular(head)


_REGULAR: Mapping[str, Callable[[bytes], bool]] = {"otlp": is_regular_otlp, "plain": is_regular_plain}


def _samples(path: str) -> Iterator[bytes]:
    """Parts of a file from its head to its end; in the head alone, big spans are too few to show the usual attributes."""
    with open(path, "rb") as file:
        last = max(os.fstat(file.fileno()).st_size - _SAMPLE_BYTES, 0)
        for at in range(_SAMPLES):
            yield os.pread(file.fileno(), _SAMPLE_BYTES, last * at // max(_SAMPLES - 1, 1))
