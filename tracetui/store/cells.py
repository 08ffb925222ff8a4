"""Values of a result as text of bounded length for a grid, or exact for a pipe of JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tracetui.store.wire import wired

CUT = "…"


def texts(
    batch: pa.RecordBatch, most_characters: int, columns: list[int] | None = None
) -> list[list[str | None]]:
    """Rows as one text a value, None for NULL; a longer text is cut and ends in `…`."""
    chosen = range(batch.num_columns) if columns is None else columns
    as_text = [
        [_bounded(value_text(value), most_characters) for value in _values(batch, at)] for at in chosen
    ]
    return [list(row) for row in zip(*as_text, strict=True)]


def wire_rows(batch: pa.RecordBatch, most_characters: int) -> list[list[Any]]:
    """Rows as values that JSON carries and `python_value` restores; a longer one becomes `{"$long": its length}`."""
    as_json = [
        [wired(value, most_characters) for value in _values(batch, at)] for at in range(batch.num_columns)
    ]
    return [list(row) for row in zip(*as_json, strict=True)]


def value_text(value: object) -> str | None:
    """One value as text: lists and objects as JSON, bytes as hexadecimal digits, truth as `true` or `false`, decimals with all
    their digits."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_json_value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def exact_columns(batch: pa.RecordBatch) -> list[list[Any]]:
    """The values as Python has them, by column."""
    return [_values(batch, at) for at in range(batch.num_columns)]


def cell(batch: pa.RecordBatch, column: int) -> str | None:
    """The whole text of the first row's value in a column."""
    return value_text(_values(batch.slice(0, 1), column)[0])


def _values(batch: pa.RecordBatch, column: int) -> list[Any]:
    array: Any = batch.column(column)
    if pa.types.is_nested(array.type):
        return list(array.to_pylist(maps_as_pydicts="lossy"))
    return list(array.to_pylist())


def _bounded(text: str | None, most_characters: int) -> str | None:
    return text if text is None or len(text) <= most_characters else text[:most_characters] + CUT


def _json_value(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return (
            int(value)
            if value == value.to_integral_value() and not value.as_tuple().exponent
            else float(value)
        )
    return str(value)
