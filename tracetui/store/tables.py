"""Rows on their way into a table: collected as tuples, inserted as Arrow batches."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

import duckdb
import pyarrow as pa

from tracetui.model import LATEST_NS

_INT64 = 2**63
_CENT_FRACTION = Decimal(1).scaleb(-12)
_MAX_COST = Decimal(10) ** 11


class TableBuffer:
    """Collects rows for one base table and inserts them when told to."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        self._connection = connection
        self._table = table
        self._schema: pa.Schema = connection.table(table).limit(0).to_arrow_table().schema
        self.columns: tuple[str, ...] = tuple(self._schema.names)
        self.rows: list[tuple[Any, ...]] = []

    def flush(self) -> None:
        """Insert the collected rows and forget them."""
        if not self.rows:
            return
        columns = list(zip(*self.rows, strict=True))
        arrays = [_array(values, field.type) for values, field in zip(columns, self._schema, strict=True)]
        batch = pa.Table.from_arrays(arrays, schema=self._schema)
        self._connection.from_arrow(batch).insert_into(self._table)
        self.rows = []


def int64_or_none(value: int | None) -> int | None:
    """The value where a BIGINT can hold it, else None."""
    return value if value is not None and -_INT64 <= value < _INT64 else None


def time_or_none(value: int | None) -> int | None:
    """Nanoseconds since 1970 where a timestamp can hold them, else None."""
    return value if value is not None and abs(value) <= LATEST_NS else None


def cost_or_none(value: Decimal | None) -> Decimal | None:
    """The value at the precision of a cost column, or None where it is no finite amount that fits."""
    if value is None or not value.is_finite() or abs(value) >= _MAX_COST:
        return None
    try:
        return value.quantize(_CENT_FRACTION, rounding=ROUND_HALF_EVEN)
    except InvalidOperation:
        return None


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array[Any]:
    try:
        return pa.array(values, type=kind)
    except UnicodeEncodeError:  # a lone surrogate made by unescaping JSON inside a string
        return pa.array([_encodable(value) for value in values], type=kind)


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
