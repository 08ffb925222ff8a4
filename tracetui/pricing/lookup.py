"""Prices for the models of a trace: from price files first, then published ones, which are kept once looked up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from tracetui.errors import UsageError
from tracetui.pricing.price_file import PriceFile, read_price_file
from tracetui.pricing.rows import BATCH, BUCKETS, Group, PriceRow, first_told, most_special_first


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Another way to have bought the same tokens: from another model (`provider/model` or a bare name), without cache
    prices, or in the batch tier."""

    model: str | None = None
    cache_off: bool = False
    batch: bool = False


def price_files(named: Sequence[Path], own: Path) -> tuple[PriceFile, ...]:
    """The files whose prices hold, the first to ask first: those named, then the user's own where there is one."""
    return tuple(read_price_file(path) for path in (*named, *([own] if own.is_file() else [])))


def price_rows(
    groups: Iterable[Group], files: Sequence[PriceFile], kept: Kept, what_if: WhatIf | None = None
) -> list[PriceRow]:
    """Prices for all groups and tools; a group without known prices has no row.

    Raises UsageError for a model to be asked for that nobody has a price for.
    """
    changed = what_if or WhatIf()
    rows = [row for group in groups for row in _rows(group, files, kept, changed)]
    if changed.model is not None and not rows:
        _refuse_unheard_of(changed.model, files, kept)
    if changed.cache_off:
        rows = [row.without_cache() for row in rows]
    return [*rows, *_tool_rows(files)]


def _tool_rows(files: Sequence[PriceFile]) -> Iterator[PriceRow]:
    """For each tool and moment the price of the first file that has one."""
    for tool in dict.fromkeys(row.tool for file in files for row in file.tools):
        own = (most_special_first(row for row in file.tools if row.tool == tool) for file in files)
        yield from first_told(chain.from_iterable(own))


def _rows(group: Group, files: Sequence[PriceFile], kept: Kept, what_if: WhatIf) -> list[PriceRow]:
    named = replace(group, provider=group.provider.strip(), model=group.model.strip())
    asked = named if what_if.model is None else _as_model(named, what_if.model)
    asked = replace(asked, service_tier=BATCH) if what_if.batch else asked
    found = _first_told(asked, files, kept)
    window = kept.context_window(named.provider, named.model) if found and named.model else None
    return [
        replace(
            row,
            provider=group.provider,
            model=group.model,
            service_tier=group.service_tier,
            context_window=window,
        )
        for row in found
    ]


def _first_told(asked: Group, files: Sequence[PriceFile], kept: Kept) -> list[PriceRow]:
    """For each moment and size of input the price of the first source that has one, the published ones last."""
    rows: list[PriceRow] = []
    gaps = [PriceRow()]
    for source in (*(file.rows_of for file in files), kept.rows):
        if not gaps:
            break  # published prices are slow to look up for the first time
        found = [piece for row in source(asked) for piece in row.beside(rows)]
        gaps = [piece for gap in gaps for piece in gap.beside(found)]
        rows += found
    return rows


def _refuse_unheard_of(name: str, files: Sequence[PriceFile], kept: Kept) -> None:
    asked = _as_model(Group("", "", 0, 0), name)
    if _first_told(asked, files, kept):
        return
    from difflib import get_close_matches

    from tracetui.pricing import published

    own = (entry.model for file in files for entry in file.entries if "*" not in entry.model)
    near = get_close_matches(asked.model.lower(), {*own, *published.model_names()}, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else "A price file may have one: docs/prices.md."
    raise UsageError(f"no price is known for the model {name!r}", hint)


def _as_model(group: Group, name: str) -> Group:
    provider, slash, model = name.partition("/")
    return replace(group, provider=provider if slash else "", model=model if slash else name)


_WAYS = 7
"""Counts the ways in which models were looked up; what an earlier one found is not taken for this one's."""


class Kept:
    """Published prices, kept in a file once looked up, since the package takes a second to import.

    The file is for one version of the package; None keeps nothing. A file that cannot be read or written is no reason
    to fail: the prices are looked up again.
    """

    def __init__(self, folder: Path | None) -> None:
        from tracetui.pricing.published import package_version

        self._path = None if folder is None else folder / f"prices-{package_version()}-{_WAYS}.json"
        self._known: dict[str, list[dict[str, Any]]] = _read(self._path)
        self._is_new = False

    def rows(self, group: Group) -> list[PriceRow]:
        """Published prices for a group."""
        key = json.dumps([group.provider, group.model, group.service_tier])
        known = self._known.get(key)
        if known is not None:
            return [_row(found, group) for found in known]
        from tracetui.pricing import published

        rows = published.rows_of(group)
        if not published.is_bound_to_hours(group):
            self._known[key] = [_plain(row) for row in rows]
            self._is_new = True
        return rows

    def context_window(self, provider: str, model: str) -> int | None:
        """Tokens that fit into the context window of a model, where that is published."""
        key = json.dumps(["context window", provider, model])
        if key not in self._known:
            from tracetui.pricing import published

            self._known[key] = [{"tokens": published.context_window(provider, model)}]
            self._is_new = True
        tokens = self._known[key][0].get("tokens")
        return tokens if isinstance(tokens, int) else None

    def save(self) -> None:
        """Write what was looked up anew."""
        if self._path is None or not self._is_new:
            return
        unfinished = self._path.with_name(f"{self._path.name}.tmp-{os.getpid()}")
        try:
            unfinished.write_text(json.dumps(self._known), encoding="utf-8")
            os.replace(unfinished, self._path)
        except OSError:
            unfinished.unlink(missing_ok=True)


def _read(path: Path | None) -> dict[str, list[dict[str, Any]]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


_MONEY = frozenset((*BUCKETS, "per_request", "per_web_search"))
_OWN = tuple(
    item.name
    for item in fields(PriceRow)
    if item.name not in ("tokens", "provider", "model", "context_window")
)


def _plain(row: PriceRow) -> dict[str, Any]:
    flat = row.flat()
    return {
        name: str(flat[name]) if name in _MONEY and flat[name] is not None else flat[name]
        for name in (*_OWN, *BUCKETS)
    }


def _row(found: dict[str, Any], group: Group) -> PriceRow:
    tokens = {bucket: _money(found[bucket]) for bucket in BUCKETS}
    own: dict[str, Any] = {name: _money(found[name]) if name in _MONEY else found[name] for name in _OWN}
    return PriceRow(provider=group.provider, model=group.model, tokens=tokens, **own)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
