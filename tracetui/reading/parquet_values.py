"""Arrow columns as exact Python values: times as ISO 8601 text, maps as dicts, NaN as None, bad UTF-8 mended."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
from pyarrow import types

Convert = Callable[[Any], Any]
Plan = tuple[pa.DataType, Convert | None]
"""The type to cast a column to before its values are taken, and what to do to each value then."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_NS_PER_DAY = 86_400_000_000_000


def column_values(column: pa.Array[Any]) -> tuple[list[Any], bool]:
    """The values of a column, None for null, and whether text had to be mended.

    Timestamps, dates and times come as text, durations as integer nanoseconds, decimals as Decimal, bytes as text
    where they are text. Raises pyarrow.ArrowException or ValueError for data damaged beyond bad UTF-8.
    """
    try:
        column.validate(full=True)
        mended = False
    except pa.ArrowInvalid:
        # Text taken as bytes is valid whatever it holds; any other damage still fails.
        column.cast(_plan(column.type, mend=True)[0]).validate(full=True)
        mended = True
    plain, convert = _plan(column.type, mend=mended)
    recast: Any = column if plain == column.type else column.cast(plain)
    values: list[Any] = recast.to_pylist()
    if convert is not None:
        values = [None if value is None else convert(value) for value in values]
    return values, mended


def iso_text(nanoseconds: int) -> str:
    """ISO 8601 in UTC with nine digits of nanoseconds since 1970; the number itself outside the years 1 to 9999."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return str(nanoseconds)
    return f"{moment.isoformat()[:19]}.{fraction:09d}Z"


def _plan(kind: pa.DataType, *, mend: bool) -> Plan:
    for is_kind, plan in _PLANS:
        if is_kind(kind):
            return plan(kind, mend)
    return kind, None


# --- plans of one value -----------------------------------------------------------------------------------------


def _timestamp(kind: pa.DataType, _: bool) -> Plan:
    scale = _NS[str(getattr(kind, "unit", "ns"))]
    return pa.int64(), lambda value: iso_text(value * scale)


def _date(kind: pa.DataType, _: bool) -> Plan:
    plain, scale = (pa.int32(), _NS_PER_DAY) if types.is_date32(kind) else (pa.int64(), _NS["ms"])
    return plain, lambda value: iso_text(value * scale).partition("T")[0]


def _time(kind: pa.DataType, _: bool) -> Plan:
    scale = _NS[str(getattr(kind, "unit", "ns"))]
    plain = pa.int32() if types.is_time32(kind) else pa.int64()
    return plain, lambda value: iso_text(value * scale).partition("T")[2].removesuffix("Z")


def _duration(kind: pa.DataType, _: bool) -> Plan:
    scale = _NS[str(getattr(kind, "unit", "ns"))]
    return pa.int64(), lambda value: value * scale


def _text(kind: pa.DataType, mend: bool) -> Plan:
    if not mend:
        return kind, None
    return pa.large_binary(), lambda value: value.decode("utf-8", "replace")


def _bytes(kind: pa.DataType, _: bool) -> Plan:
    return kind, _text_if_text


def _text_if_text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _float(kind: pa.DataType, _: bool) -> Plan:
    return kind, lambda value: value if math.isfinite(value) else None


# --- plans of nested values -------------------------------------------------------------------------------------


def _list(kind: pa.DataType, mend: bool) -> Plan:
    assert isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType)
    plain, convert = _plan(kind.value_type, mend=mend)
    if isinstance(kind, pa.FixedSizeListType):
        return pa.list_(plain, kind.list_size), convert and partial(_each, convert)
    return pa.large_list(plain), convert and partial(_each, convert)


def _each(convert: Convert, values: list[Any]) -> list[Any]:
    return [None if value is None else convert(value) for value in values]


def _struct(kind: pa.DataType, mend: bool) -> Plan:
    assert isinstance(kind, pa.StructType)
    fields = [kind.field(index) for index in range(kind.num_fields)]
    plans = [(field.name, *_plan(field.type, mend=mend)) for field in fields]
    converts = {name: convert for name, _, convert in plans if convert is not None}
    plain = pa.struct([(name, inner) for name, inner, _ in plans])
    return plain, partial(_each_field, converts) if converts else None


def _each_field(converts: dict[str, Convert], value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: converts[name](item) if name in converts and item is not None else item
        for name, item in value.items()
    }


def _map(kind: pa.DataType, mend: bool) -> Plan:
    assert isinstance(kind, pa.MapType)
    key_plain, key_convert = _plan(kind.key_type, mend=mend)
    item_plain, item_convert = _plan(kind.item_type, mend=mend)
    return pa.map_(key_plain, item_plain), partial(_as_dict, key_convert or _same, item_convert or _same)


def _same(value: Any) -> Any:
    return value


def _as_dict(key: Convert, item: Convert, pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    return {str(key(name)): None if value is None else item(value) for name, value in pairs}


def _dictionary(kind: pa.DataType, mend: bool) -> Plan:
    assert isinstance(kind, pa.DictionaryType)
    return _plan(kind.value_type, mend=mend)


def _extension(kind: pa.DataType, mend: bool) -> Plan:
    assert isinstance(kind, pa.BaseExtensionType)
    plain, convert = _plan(kind.storage_type, mend=mend)
    if kind.extension_name == "arrow.uuid":
        return (
            plain,
            lambda value: (
                f"{value[:4].hex()}-{value[4:6].hex()}-{value[6:8].hex()}-{value[8:10].hex()}-{value[10:].hex()}"
            ),
        )
    return plain, convert


def _is_any_list(kind: pa.DataType) -> bool:
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _is_extension(kind: pa.DataType) -> bool:
    return isinstance(kind, pa.BaseExtensionType)


_PLANS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType, bool], Plan]], ...] = (
    (_is_extension, _extension),
    (types.is_timestamp, _timestamp),
    (types.is_date, _date),
    (types.is_time, _time),
    (types.is_duration, _duration),
    (types.is_string, _text),
    (types.is_large_string, _text),
    (types.is_binary, _bytes),
    (types.is_large_binary, _bytes),
    (types.is_floating, _float),
    (types.is_map, _map),
    (_is_any_list, _list),
    (types.is_struct, _struct),
    (types.is_dictionary, _dictionary),
)
