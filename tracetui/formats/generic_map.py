"""Which column of a table, or key of JSON objects, stands for what of a span; written and read as TOML."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracetui.errors import UsageError
from tracetui.formats.generic_names import NAMES, plain_name
from tracetui.model import JsonValue
from tracetui.reading import lenient

FIELDS: Mapping[str, str] = {
    "trace_id": "rows of the same value are one run",
    "span_id": "the row's own id",
    "parent_id": "the id of the row that this one belongs to",
    "session_id": "the conversation",
    "user_id": "the user",
    "name": "what the step is called",
    "kind": "what kind of step: model, tool, agent …",
    "phase": "whether a row begins its step or ends it",
    "start": "when it began",
    "end": "when it ended",
    "duration": "how long it took",
    "input": "what it was given",
    "output": "what it gave back",
    "model": "the model",
    "provider": "who serves the model",
    "agent": "the agent",
    "tool_name": "the tool",
    "input_tokens": "tokens given",
    "output_tokens": "tokens answered",
    "total_tokens": "tokens together",
    "cost": "cost in US dollars",
    "status": "how it ended",
    "error": "what went wrong",
    "steps": "the list of steps inside a row",
}
"""What can be mapped, in the order it is shown, and what it means."""

STEP_FIELDS = tuple(
    field for field in FIELDS if field not in ("trace_id", "session_id", "user_id", "phase", "steps")
)
"""What can be mapped of a step inside a row."""

UNITS = ("iso", "s", "ms", "us", "ns")
UNIT_FIELDS = ("start", "end", "duration")
GIVEN = 100
"""The confidence of what a person said."""

_TABLES: Mapping[str, str] = {"columns": "columns", "fields": "[fields]", "steps": "[steps]"}
_SPEAKING = 50


@dataclass(frozen=True, slots=True)
class FieldMap:
    """One field: the column it is read from (a dotted path goes into objects), the unit of times (None: by their
    size), the confidence from 1 to 100 and the reason for it."""

    field: str
    column: str
    unit: str | None = None
    confidence: int = GIVEN
    why: str = "given"


@dataclass(frozen=True, slots=True)
class SourceMap:
    """A mapping: its fields, the columns of the table it was made for, and the mapping of the steps inside its rows
    (None: guessed from them)."""

    fields: tuple[FieldMap, ...] = ()
    columns: tuple[str, ...] = ()
    inner: SourceMap | None = None

    def of(self, field: str) -> FieldMap | None:
        """The mapping of a field."""
        return next((known for known in self.fields if known.field == field), None)

    def with_field(self, field: str, column: str | None, unit: str | None = None) -> SourceMap:
        """The same with a field read from another column, or from none."""
        kept = [known for known in self.fields if known.field != field]
        if column is not None:
            kept.append(FieldMap(field, column, unit))
        order = list(FIELDS)
        return replace(self, fields=tuple(sorted(kept, key=lambda known: order.index(known.field))))

    @property
    def confidence(self) -> int:
        """The least confidence of any field, 0 where there is none."""
        return min((known.confidence for known in self.fields), default=0)


def key_of(columns: Iterable[str]) -> str:
    """A name for a set of columns, whatever their order."""
    joined = "\n".join(sorted(set(columns)))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def to_toml(known: SourceMap) -> str:
    """The mapping as TOML, with confidence and reason as comments."""
    columns = "columns = [" + ", ".join(_quoted(column) for column in known.columns) + "]"
    lines = [columns, "", "[fields]", *_field_lines(known, tuple(FIELDS))]
    if known.inner is not None:
        lines += [
            "",
            "[steps]  # what the keys of the steps inside a row mean",
            *_field_lines(known.inner, STEP_FIELDS),
        ]
    return "\n".join(lines) + "\n"


def _field_lines(known: SourceMap, names: tuple[str, ...]) -> list[str]:
    lines = []
    for name in names:
        found = known.of(name)
        if found is None:
            lines.append(f'# {name} = ""  # {FIELDS[name]}')
            continue
        unit = f", unit = {_quoted(found.unit)}" if found.unit else ""
        value = f"{{ column = {_quoted(found.column)}{unit} }}" if unit else _quoted(found.column)
        lines.append(f"{name} = {value}  # {found.confidence} %: {_comment(found.why)}")
    return lines


def packed(known: SourceMap) -> str:
    """A mapping as JSON, with confidence and reasons, which TOML has as comments only."""
    return lenient.dumps(_packed(known))


def _packed(known: SourceMap) -> dict[str, Any]:
    fields = [(entry.field, entry.column, entry.unit, entry.confidence, entry.why) for entry in known.fields]
    inner = None if known.inner is None else _packed(known.inner)
    return {"fields": fields, "columns": known.columns, "inner": inner}


def unpacked(text: str) -> SourceMap:
    """The mapping that `packed` wrote; raises ValueError where it did not, which a database may hold all the same."""
    try:
        return _unpacked(lenient.loads(text)[0])
    except (KeyError, TypeError, lenient.NotJson) as error:
        raise ValueError(f"it is no mapping: {error!r}") from None


def _unpacked(found: Any) -> SourceMap:
    fields = tuple(FieldMap(*entry) for entry in found["fields"])
    columns = tuple(found["columns"])
    units = [entry.unit for entry in fields if entry.unit is not None]
    texts = [*columns, *(entry.column for entry in fields), *(entry.why for entry in fields)]
    if not {entry.field for entry in fields} <= FIELDS.keys() or not set(units) <= set(UNITS):
        raise ValueError("it is no mapping: a field or unit that there is not")
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("it is no mapping: a name that is no text")
    inner = None if found["inner"] is None else _unpacked(found["inner"])
    return SourceMap(fields, columns, inner)


def from_toml(text: str) -> SourceMap:
    """The mapping that a TOML text holds; raises UsageError with the reason."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"it is no TOML: {error}") from None
    for name in document.keys() - _TABLES.keys():
        raise UsageError(
            f"there is no {name!r}{_near(name, _TABLES)}; a mapping holds {', '.join(_TABLES.values())}"
        )
    entries, columns = document.get("fields"), document.get("columns", [])
    if not isinstance(entries, dict):
        raise UsageError("it has no table [fields]")
    if not isinstance(columns, list) or not all(isinstance(column, str) for column in columns):
        raise UsageError("columns must be a list of texts")
    found = SourceMap((), tuple(columns))
    for name, value in entries.items():
        found = _with_entry(found, name, value, tuple(FIELDS))
    inner = document.get("steps")
    if inner is None:
        return found
    if not isinstance(inner, dict):
        raise UsageError("steps must be a table [steps] with the keys of the steps inside a row")
    below = SourceMap()
    for name, value in inner.items():
        below = _with_entry(below, name, value, STEP_FIELDS)
    return replace(found, inner=below)


def _with_entry(known: SourceMap, name: str, value: object, names: tuple[str, ...]) -> SourceMap:
    if name not in names:
        raise UsageError(f"there is no field {name!r}{_near(name, names)}; fields are {', '.join(names)}")
    entry: Mapping[str, Any] = value if isinstance(value, dict) else {"column": value}
    column, unit = entry.get("column"), entry.get("unit")
    if not isinstance(column, str):
        raise UsageError(f"{name} must name a column")
    if unit is not None and (unit not in UNITS or name not in UNIT_FIELDS):
        raise UsageError(f"the unit of {name} must be one of {', '.join(UNITS)}, and only times have one")
    return known.with_field(name, column or None, unit)


def _near(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name[:100].lower(), list(names), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _quoted(text: str) -> str:
    """A TOML string; TOML has no signs for halves of surrogate pairs."""
    signs = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return '"' + "".join(signs.get(c) or (c if c.isprintable() else f"\\U{ord(c):08X}") for c in safe) + '"'


def _comment(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def value_at(row: Mapping[str, Any], column: str) -> JsonValue:
    """The value of a column, or the one at a dotted path into objects."""
    if column in row:
        value: JsonValue = row[column]
        return value
    here: Any = row
    for step in column.split("."):
        if not isinstance(here, dict) or step not in here:
            return None
        here = here[step]
    found: JsonValue = here
    return found


PARTS = " + "
"""Stands between columns that hold a step of a row each, such as `llm + tool`."""


def steps_at(row: Mapping[str, Any], column: str) -> list[dict[str, Any]]:
    """The steps inside a row: a list of objects, or objects under several keys that say what kind of step they are."""
    if PARTS in column and column not in row:
        held = ((part, value_at(row, part)) for part in column.split(PARTS))
        return [_part(part, found) for part, found in held if isinstance(found, dict)]
    found = value_at(row, column)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _part(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    """A step with its kind; what it was given and gave stand under the same keys as those of the other kinds."""
    step = {"kind": kind, **found}
    for field in ("input", "output"):
        named = max(found, key=lambda key: NAMES[field].get(plain_name(key), 0), default="")
        if field not in found and NAMES[field].get(plain_name(named), 0) >= _SPEAKING:
            step[field] = found[named]
    return step
