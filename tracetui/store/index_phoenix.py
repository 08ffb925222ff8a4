"""SQL for Phoenix's Parquet files, whose attributes are columns of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
from pyarrow import types

from tracetui import sql
from tracetui.store import index_parquet as columns
from tracetui.store.index_attributes import fill, hot_keys, marked, run_keys
from tracetui.store.index_parquet import CannotIndex, Column

_PREFIX = "attributes."
_KIND = "openinference.span.kind"
_NO_EXCEPTIONS = "NULL::STRUCT(type VARCHAR, message VARCHAR)[]"
_TEXT_COLUMNS = ("name", "status_code", "status_message")
_ID_COLUMNS = {"trace_id": "context.trace_id", "span_id": "context.span_id", "parent_id": "parent_id"}
ANSWER = "attributes.output.value"
_OTHERS = ("start_time", "end_time", "events", "span_kind")


class PhoenixColumns:
    """Expressions for attributes that are columns."""

    def __init__(self, found: Mapping[str, Column]) -> None:
        self._columns = {key: found[_PREFIX + key] for key in hot_keys() if _PREFIX + key in found}
        self._span_kind = found.get("span_kind")
        for key, column in self._columns.items():
            if column.ns_per_unit:
                raise CannotIndex(f"attribute {key} is a time")
        _refuse_nested(found)
        self.known: Collection[str] = {*self._columns, _KIND} if self._span_kind else self._columns.keys()

    def names(self) -> list[str]:
        """The file's columns that hold attributes."""
        return [_PREFIX + key for key in self._columns]

    def text(self, key: str) -> str:
        """Text value of an attribute; the column `span_kind` stands in for the kind."""
        column = self._columns.get(key)
        if key != _KIND or self._span_kind is None:
            return columns.text_value(self._columns[key])
        if column is None:
            return columns.text_value(self._span_kind)
        there = columns.is_there(column)
        return f"CASE WHEN {there} THEN {columns.text_value(column)} ELSE {columns.text_value(self._span_kind)} END"

    def number(self, key: str) -> str:
        """Value of an attribute as the text of a number."""
        return columns.number_text(self._columns[key])

    def integer(self, key: str) -> str:
        """Value of an attribute as an integer."""
        return columns.integer_value(self._columns[key])

    def is_there(self, key: str) -> str:
        """Whether the span has the attribute at all."""
        return columns.is_there(self._columns[key])


def wanted() -> tuple[str, ...]:
    """The columns of a file that are read, where it has them."""
    attributes = (_PREFIX + key for key in hot_keys())
    return (*_TEXT_COLUMNS, *_ID_COLUMNS.values(), *_OTHERS, *attributes)


def listed() -> tuple[str, ...]:
    """Those of them that a list of runs needs."""
    attributes = (_PREFIX + key for key in run_keys())
    return (*_TEXT_COLUMNS, *_ID_COLUMNS.values(), *_OTHERS, *attributes)


def statement(found: Mapping[str, Column]) -> str:
    """The insert for a file with these columns. Raises CannotIndex where it needs the full reader."""
    attributes = PhoenixColumns(found)
    marks = {mark: _text_column(found, name) for mark, name in _ID_COLUMNS.items()}
    marks |= {name: _text_column(found, name) for name in _TEXT_COLUMNS}
    marks |= {name: _time(found, name) for name in ("start_time", "end_time")}
    text = marked(sql.text("index/phoenix"), {**marks, "exceptions": _exceptions(found.get("events"))})
    used = sorted({column.sql_name for column in map(found.get, wanted()) if column is not None})
    return fill(text.replace("/*values*/", ", ".join(used)), attributes)


def _text_column(found: Mapping[str, Column], name: str) -> str:
    column = found.get(name)
    if column is None or types.is_null(column.kind):
        return "NULL::VARCHAR"
    if not columns.is_text(column.kind):
        raise CannotIndex(f"column {name} is not text")
    return column.sql_name


def answers(found: Mapping[str, Column]) -> str | None:
    """The update of calls by what their answers tell of charges and tiers; None where no column holds them as text."""
    column = found.get(ANSWER)
    if column is None or not columns.is_text(column.kind):
        return None
    return sql.text("index/phoenix_answers").replace("/*answer*/", column.sql_name)


def _time(found: Mapping[str, Column], name: str) -> str:
    column = found.get(name)
    return "NULL::BIGINT" if column is None or types.is_null(column.kind) else columns.time_ns(column)


def _exceptions(events: Column | None) -> str:
    if events is None or types.is_null(events.kind):
        return _NO_EXCEPTIONS
    if columns.is_text(events.kind):
        raise CannotIndex("events are JSON text")
    if not isinstance(events.kind, pa.ListType | pa.LargeListType):
        raise CannotIndex("events are no list")
    item = events.kind.value_type
    if types.is_null(item):
        return _NO_EXCEPTIONS
    if not isinstance(item, pa.StructType) or item.get_field_index("name") < 0:
        raise CannotIndex("events are no structs with a name")
    parts = ", ".join(f"'{part}': {_event_text(item, 'exception.' + part)}" for part in ("type", "message"))
    name = events.sql_name
    return f"CASE WHEN len({name}) > 0 THEN [{{{parts}}} FOR e IN {name} IF e.name = 'exception'] END"


def _event_text(event: pa.StructType, key: str) -> str:
    at = event.get_field_index("attributes")
    attributes = event.field(at).type if at >= 0 else pa.null()
    if types.is_null(attributes):
        return "NULL::VARCHAR"
    if not isinstance(attributes, pa.StructType):
        raise CannotIndex("attributes of events are no struct")
    inner = attributes.get_field_index(key)
    if inner < 0 or types.is_null(attributes.field(inner).type):
        return "NULL::VARCHAR"
    if not columns.is_text(attributes.field(inner).type):
        raise CannotIndex(f"{key} is not text")
    return f"""nullif(e.attributes."{key}", '')"""


def _refuse_nested(found: Mapping[str, Column]) -> None:
    """Raise where a column may hold hot attributes inside."""
    if "attributes" in found or "context" in found:
        raise CannotIndex("attributes stand in one column")
    for name, column in found.items():
        if name.startswith(_PREFIX) and (types.is_struct(column.kind) or types.is_map(column.kind)):
            inside = name[len(_PREFIX) :] + "."
            if name != _PREFIX + "metadata" and any(key.startswith(inside) for key in hot_keys()):
                raise CannotIndex(f"column {name} holds attributes inside")
