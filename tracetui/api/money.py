"""Prices for what is loaded: looked up once for each model, then in use for every question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.pricing.lookup import WhatIf
    from tracetui.pricing.price_file import PriceFile
    from tracetui.pricing.rows import Group, PriceRow

_OWN_PRICES = "prices.toml"


def files_read(named: Sequence[Path]) -> tuple[PriceFile, ...]:
    """The price files named and the user's own one, as they are now; raises UsageError for one that cannot be read."""
    from tracetui.pricing.lookup import price_files
    from tracetui.workers.map_files import config_folder

    return price_files(named, config_folder() / _OWN_PRICES)


def prices_for(groups: Sequence[Group], files: Sequence[PriceFile], what_if: WhatIf | None) -> list[PriceRow]:
    """Prices of all groups: from the files, the first that knows a model, then those published, kept in the cache folder."""
    from tracetui.pricing.lookup import Kept, price_rows
    from tracetui.store import cache

    kept = Kept(cache.folder())
    rows = price_rows(groups, files, kept, what_if)
    kept.save()
    return rows


def context_window(provider: str | None, model: str | None) -> int | None:
    """Tokens that fit into the context window of a model, where that is published; never guessed."""
    from tracetui.pricing.lookup import Kept
    from tracetui.store import cache

    if model is None:
        return None
    kept = Kept(cache.folder())
    tokens = kept.context_window(provider or "", model)
    kept.save()
    return tokens
