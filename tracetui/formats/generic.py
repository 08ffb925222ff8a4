"""Rows of any shape, for sources that no format knows: JSON Lines, JSON arrays, CSV, Parquet.

Each row is a span, read through a mapping of columns that is given or guessed. It never competes with other formats:
its sniff knows nothing, and a load falls back on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.generic_guess import columns_of, guess
from tracetui.formats.generic_map import PARTS, SourceMap, value_at
from tracetui.formats.generic_names import NAMES, kind_named, plain_name
from tracetui.formats.generic_order import Place, begins_first
from tracetui.formats.generic_pairs import Pairs
from tracetui.formats.generic_rows import RowReader
from tracetui.formats.generic_steps import StepReader, step_reader, tells_steps
from tracetui.formats.run_names import asked_line
from tracetui.model import Entry, ImportIssue, JsonValue, Record, Severity, Span, SpanKind, Status

HEAD_ROWS = 2_000
"""From so many rows at most a mapping is guessed: fewer where they are wide, and none beyond the first 256 KB of text."""

_HEAD_CELLS = 20_000
_LEAST_ROWS = 20

_LOOKED_AT = 500
_SURE = 60
_ANCHORS = ("start", "input", "output", "model", "trace_id", "span_id", "duration", "steps")

_LIKELY = 50
_OF_STEPS = frozenset((
    "start", "duration", "model", "tool_name", "agent", "input", "output", "input_tokens", "output_tokens", "total_tokens",
))  # fmt: skip


def rows_in(value: JsonValue) -> list[JsonValue] | None:
    """The rows inside one document: a list of objects, the one list of objects that an envelope holds, or objects by
    their names."""
    if isinstance(value, list):
        return value if value and all(isinstance(item, dict) for item in value[:HEAD_ROWS]) else None
    if not isinstance(value, dict):
        return None
    by_key = _rows_by_key(value)
    if by_key is not None:
        return by_key
    lists = [held for held in value.values() if isinstance(held, list) and held and isinstance(held[0], dict)]
    if _is_head_of_steps(value):
        return None
    large = [held for held in value.values() if isinstance(held, dict)]
    return lists[0] if len(lists) == 1 and len(value) <= 6 and not large else None


def _rows_by_key(value: dict[str, JsonValue]) -> list[JsonValue] | None:
    """Objects that have keys in common, each named by the key it stands under, which is no name of a column."""
    rows = {key: held for key, held in value.items() if isinstance(held, dict)}
    first = dict(islice(rows.items(), _LEAST_ROWS))
    if not rows or len(rows) < len(value) or any(_is_telling(key) for key in first):
        return None
    common = set.intersection(*map(set, first.values()))
    return [{"name": key, **row} for key, row in rows.items()] if common else None


def _is_telling(key: str) -> bool:
    name = plain_name(key)
    return kind_named(name) is not None or any(words.get(name, 0) >= _SURE for words in NAMES.values())


def _is_head_of_steps(value: dict[str, JsonValue]) -> bool:
    """Whether a document says of a run what its steps do not: a list of steps beside two or more known names."""
    names = [name for name, held in value.items() if not isinstance(held, (dict, list))]
    telling = [name for name in names if _is_telling(name)]
    return len(telling) >= 2 and any(
        plain_name(name) in NAMES["steps"] for name, held in value.items() if isinstance(held, list)
    )


def rows_to_guess_from(columns: int) -> int:
    """How many rows of a table with so many columns are enough to guess a mapping from."""
    return min(HEAD_ROWS, max(_LEAST_ROWS, _HEAD_CELLS // max(columns, 1)))


def head_rows(values: Sequence[JsonValue]) -> list[JsonValue]:
    """The first rows of a source, from its first values."""
    if len(values) == 1:
        inner = rows_in(values[0])
        return list(values) if inner is None else inner[:HEAD_ROWS]
    return list(values[:HEAD_ROWS])


def fits(known: SourceMap, head: Head) -> bool:
    """Whether a source has every column that a mapping reads."""
    return bool(known.fields) and not lacking(known, head)


def lacking(known: SourceMap, head: Head) -> tuple[str, ...]:
    """Columns that a mapping reads and a source does not have."""
    columns = set(columns_of(head_rows(head.values), head.columns))
    return tuple(
        entry.column
        for entry in known.fields
        if entry.column not in columns and columns.isdisjoint(_first_keys(entry.column))
    )


def _first_keys(column: str) -> list[str]:
    return [part.partition(".")[0] for part in column.split(PARTS)]


def is_table(head: Head, container: str) -> bool:
    """Whether a source is worth reading as rows: a table, lines, a list; a lone document only if it looks like a step or
    holds rows that do."""
    rows = head_rows(head.values)
    if not rows:
        return False
    is_document = container.startswith("json") and not container.startswith(("jsonl", "json array"))
    if head.columns or not is_document or len(head.values) > 1:
        return True
    found = guess(rows, head.columns)
    if rows_in(head.values[0]) is not None:
        return _speaks_of_steps(found, rows)
    sure = [entry.field for entry in found.fields if entry.confidence >= _SURE and "." not in entry.column]
    return len(set(sure) & set(_ANCHORS)) >= 2 or ("steps" in sure and tells_steps(found, rows))


def _speaks_of_steps(known: SourceMap, rows: Sequence[JsonValue]) -> bool:
    """Whether rows in a document tell more than an invoice does, or any list of things with names and prices."""
    if known.of("steps") is not None and tells_steps(known, rows):
        return True
    kind = known.of("kind")
    words = [value_at(row, kind.column) for row in rows if isinstance(row, dict)] if kind is not None else []
    told = {entry.field for entry in known.fields if entry.confidence >= _LIKELY}
    return bool(told & _OF_STEPS) or any(isinstance(word, str) and kind_named(word) for word in words)


def why(known: SourceMap, origin: str) -> str:
    """In words what a mapping is, for the Import screen."""
    told = ", ".join(f"{entry.field} from {entry.column}" for entry in known.fields[:4])
    if not known.fields:
        return "no format knows it: raw rows, no column could be told"
    rest = f" and {len(known.fields) - 4} more" if len(known.fields) > 4 else ""
    sure = f", {known.confidence} % sure at the least" if origin == "guessed" else ""
    return f"no format knows it: columns {origin}{sure}: {told}{rest}"


def format_with(known: SourceMap) -> Format:
    """The format that reads through this mapping."""

    def read_mapped(records: Iterable[Record], source: str) -> Iterator[Entry]:
        return _read(records, source, known)

    return _format(read_mapped)


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """Rows as spans, through a mapping guessed from the first of them."""
    found = iter(records)
    first = list(islice(found, HEAD_ROWS))
    known = guess(head_rows([record.value for record in first]))
    yield from _read(chain(first, found), source, known)


def _read(records: Iterable[Record], source: str, known: SourceMap) -> Iterator[Entry]:
    if known.of("duration") and not known.of("start") and not known.of("end"):
        message = "rows say how long they took but not when: they stand in the order of the source"
        yield ImportIssue("times_incomplete", message, Severity.INFO)
    reader = RowReader(known, source)
    given = iter(records)
    head = list(islice(given, 2))
    around = _around(head)
    found = begins_first(_rows(chain(head, given)), known)
    first = list(islice(found, _LOOKED_AT))
    has_steps_alone = len(first) == 1 and known.of("steps") is not None
    alone = (
        has_steps_alone
        or known.of("parent_id") is not None
        or _are_runs(reader, [row for row, _, _ in first])
    )
    steps = step_reader(reader, (row for row, _, _ in first))
    runs: dict[str, Span] = {}
    pairs = Pairs(reader)
    began = [span for place in first for span in _entries(pairs, steps, place, None if alone else runs)]
    for run in runs.values():
        run.attributes = around or None
    if around and not runs:
        message = f"no run is said to have what stands beside the rows: {', '.join(map(str, around)):.200}"
        yield ImportIssue("beside_rows", message, Severity.INFO)
    is_all = len(first) < _LOOKED_AT
    if is_all:
        yield from runs.values()
    yield from began
    for place in found:
        yield from _entries(pairs, steps, place, None if alone else runs)
    if not is_all:
        yield from runs.values()


def _entries(
    pairs: Pairs, steps: StepReader | None, place: Place, runs: dict[str, Span] | None
) -> Iterator[Span]:
    row, number, origin = place
    span = pairs.span(row, number, origin)
    if runs is not None:
        _gather(runs, span, pairs.rows.whole)
    yield span
    if steps is not None:
        yield from steps.below(span, row, origin)


def _around(head: Sequence[Record]) -> dict[str, JsonValue]:
    """What a lone document says beside its rows."""
    inner = rows_in(head[0].value) if len(head) == 1 else None
    value = head[0].value if inner is not None else None
    if not isinstance(value, dict) or not any(held is inner for held in value.values()):
        return {}
    return {key: held for key, held in value.items() if held is not inner}


def _rows(records: Iterable[Record]) -> Iterator[Place]:
    """Rows with their number from 1."""
    number = 0
    found = iter(records)
    first = list(islice(found, 2))
    inner = rows_in(first[0].value) if len(first) == 1 else None
    for record in chain(first, found):
        if inner is None:
            number += 1
            yield record.value, number, record.origin
            continue
        for item in inner:
            number += 1
            yield item, number, element_origin(record.origin, item)


def _are_runs(reader: RowReader, rows: Sequence[JsonValue]) -> bool:
    """Whether each row is a run of its own: as many traces as rows."""
    named = [reader.value(row, "trace_id") for row in rows if isinstance(row, dict)]
    known = [str(name) for name in named if name is not None]
    return len(known) == len(rows) and len(set(known)) == len(known)


def _gather(runs: dict[str, Span], span: Span, source: str) -> None:
    """Put a row under the run of its trace, a span that stands for no row."""
    root = runs.get(span.trace_id)
    if root is None:
        root = runs[span.trace_id] = Span(span.trace_id, "rows", span.origin, is_derived=True)
        root.name = source.rpartition("/")[2] if span.trace_id == source else span.trace_id
        root.kind, root.status = SpanKind.CHAIN, Status.UNSET
    if root.name == span.trace_id:
        root.name = asked_line(span.input) or root.name
    span.parent_id = root.span_id
    root.session_id = root.session_id or span.session_id
    _stretch(root, span)


def _stretch(root: Span, span: Span) -> None:
    begins = [time for time in (root.start_ns, span.start_ns) if time is not None]
    ends = [time for time in (root.end_ns, span.end_ns, span.start_ns) if time is not None]
    root.start_ns, root.end_ns = min(begins, default=None), max(ends, default=None)


def sniff(_head: Head) -> Match | None:
    """Nothing is recognised: a load falls back on this format where no other knows the source."""
    return None


def _format(reader: Callable[[Iterable[Record], str], Iterator[Entry]]) -> Format:
    return Format(
        name="generic",
        title="rows of any shape",
        recognised_by="nothing: the fallback where no format knows the source; `--map` says what its columns mean",
        produced_by="your own logs and tables: JSON Lines, JSON arrays, CSV, Parquet",
        sniff=sniff,
        read=reader,
        global_ids=False,
    )


FORMAT = _format(read)
