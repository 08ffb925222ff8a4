"""The account of sources: what became of every record that was read."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.model import Source


def account(sources: Sequence[Source]) -> str:
    """`120 records = 118 loaded + 1 merged + 1 skipped`; says so where they do not add up."""
    records, loaded, merged, skipped = (
        sum(getattr(source, name) for source in sources)
        for name in ("records", "loaded", "merged", "skipped")
    )
    sign = "=" if records == loaded + merged + skipped else "≠"
    noun = "record" if records == 1 else "records"
    return f"{records:,} {noun} {sign} {loaded:,} loaded + {merged:,} merged + {skipped:,} skipped"


def sources_account(sources: Sequence[Source]) -> str:
    """How many sources, and their account."""
    return f"{len(sources):,} source{'' if len(sources) == 1 else 's'}: {account(sources)}"
