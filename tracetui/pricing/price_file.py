"""Price files: prices of one's own in TOML, for models and tools that the published ones lack or tell otherwise."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tracetui.errors import UsageError
from tracetui.pricing.rows import (
    EARLIEST_NS,
    EVERY_SIZE,
    LATEST_NS,
    PRICE_NAMES,
    Group,
    PriceRow,
    bucket_prices,
    first_told,
    most_special_first,
)

_MODEL_KEYS = frozenset(
    (
        *PRICE_NAMES,
        "model",
        "provider",
        "from",
        "until",
        "above_input",
        "per_request",
        "per_web_search",
        "note",
        "service_tier",
    )
)
_TOOL_KEYS = frozenset(("tool", "per_call", "from", "until", "note"))
_HINT = "docs/prices.md shows what a price file holds."
_MOST_USD = 999_999


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """One `[[model]]` of a price file; `model`, `provider` and `service_tier` are patterns with `*`
    (an empty tier is the usual one), prices are for a million tokens."""

    model: str
    provider: str
    from_ns: int
    until_ns: int
    above_input: int
    per_million: Mapping[str, Decimal]
    per_request: Decimal | None
    price_date: str | None
    note: str | None
    service_tier: str
    per_web_search: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceFile:
    """The entries of one file in their order, and its prices of tools."""

    name: str
    entries: tuple[PriceEntry, ...]
    tools: tuple[PriceRow, ...]

    def rows_of(self, group: Group) -> list[PriceRow]:
        """Prices for calls of a group; empty where the file says nothing of it."""
        found = [self._row(entry, group) for entry in self.entries if _fits(entry, group)]
        return first_told(most_special_first(found))

    def _row(self, entry: PriceEntry, group: Group) -> PriceRow:
        return PriceRow(
            group.provider, group.model, None, entry.from_ns, entry.until_ns, entry.above_input, EVERY_SIZE[1],
            bucket_prices(entry.per_million), entry.per_request, entry.per_web_search, True, self.name, entry.price_date, entry.note,
        )  # fmt: skip


def read_price_file(path: Path) -> PriceFile:
    """The prices in a file; raises UsageError where it cannot be read or says what it may not."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UsageError(f"price file {path}: {reason}", _HINT) from None
    note = found.get("note")
    unknown = sorted(set(found) - {"model", "tool", "note"})
    if unknown:
        raise UsageError(f"price file {path}: {unknown[0]} is no known key", _HINT)
    entries = tuple(
        _entry(_Fields(item, f"price file {path}, [[model]] {number}", _MODEL_KEYS), note)
        for number, item in enumerate(_items(found, "model", path), start=1)
    )
    tools = tuple(
        _tool(_Fields(item, f"price file {path}, [[tool]] {number}", _TOOL_KEYS), path.name, note)
        for number, item in enumerate(_items(found, "tool", path), start=1)
    )
    return PriceFile(path.name, entries, tools)


def _items(found: Mapping[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    items = found.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UsageError(f"price file {path}: write [[{key}]] for each {key}", _HINT)
    return items


class _Fields:
    """The checked values of one table of the file."""

    def __init__(self, values: Mapping[str, Any], where: str, known: frozenset[str]) -> None:
        self._values, self._where = values, where
        unknown = sorted(set(values) - known)
        if unknown:
            raise self.wrong(f"{unknown[0]} is no known key")

    def word(self, key: str, default: str | None = None) -> str:
        value = self._values.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(f"{key} is to be text")
        return value

    def note(self) -> str | None:
        return self.word("note") if "note" in self._values else None

    def money(self, key: str) -> Decimal | None:
        value = self._values.get(key)
        if value is None:
            return None
        try:
            amount = (
                Decimal(str(value))
                if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool)
                else None
            )
        except InvalidOperation:
            amount = None
        if amount is None or not amount.is_finite() or not 0 <= amount <= _MOST_USD:
            raise self.wrong(f"{key} is to be an amount of dollars from 0 to {_MOST_USD:,}")
        return amount

    def day_ns(self, key: str, default: int) -> int:
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.wrong(f"{key} is to be a date such as 2026-01-31, without quotes")
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()) * 1_000_000_000

    def days_ns(self) -> tuple[int, int]:
        """The first moment of `from` and of `until`."""
        from_ns, until_ns = self.day_ns("from", EARLIEST_NS), self.day_ns("until", LATEST_NS)
        if until_ns <= from_ns:
            raise self.wrong("until is to be a day after from")
        return from_ns, until_ns

    def count(self, key: str, default: int) -> int:
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < EVERY_SIZE[1]:
            raise self.wrong(f"{key} is to be a whole number of tokens, 0 or more")
        return value

    def text_of(self, key: str) -> str | None:
        value = self._values.get(key)
        return None if value is None else str(value)

    def wrong(self, what: str) -> UsageError:
        """What to raise for a value that cannot be."""
        return UsageError(f"{self._where}: {what}", _HINT)


def _entry(item: _Fields, note: object) -> PriceEntry:
    per_million = {name: price for name in PRICE_NAMES if (price := item.money(name)) is not None}
    per_request = item.money("per_request")
    if not per_million and per_request is None:
        raise item.wrong(f"{item.word('model')} has no price")
    return PriceEntry(
        item.word("model").lower(), item.word("provider", "*").lower(), *item.days_ns(), item.count("above_input", EVERY_SIZE[0]), per_million,
        per_request, item.text_of("from"), item.note() or (note if isinstance(note, str) else None),
        item.word("service_tier", "").lower(), item.money("per_web_search"),
    )  # fmt: skip


def _tool(item: _Fields, name: str, note: object) -> PriceRow:
    from_ns, until_ns = item.days_ns()
    per_call = item.money("per_call")
    if per_call is None:
        raise item.wrong(f"{item.word('tool')} has no price: give per_call")
    return PriceRow(
        tool=item.word("tool"), from_ns=from_ns, until_ns=until_ns,
        per_request=per_call, price_source=name, price_date=item.text_of("from"),
        note=item.note() or (note if isinstance(note, str) else None),
    )  # fmt: skip


def _fits(entry: PriceEntry, group: Group) -> bool:
    asked = (
        (group.model, entry.model),
        (group.provider, entry.provider),
        (group.service_tier, entry.service_tier),
    )
    return all(fnmatchcase(name.lower(), pattern) for name, pattern in asked)
