"""The account of sources: what became of every record that was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tracetui.api.mapping import GENERIC
from tracetui.read_model import Source

MOST_MEMBERS = 20
"""So many members of one bundle and format have lines of their own."""


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


def folded(sources: Sequence[Source]) -> list[Source]:
    """The sources, many members of one format in one bundle as one, called like the bundle. What no format knows
    keeps its own line."""
    kinds = [_fold(source) for source in sources]
    sizes = Counter(kinds)
    together: dict[tuple[str, str], list[Source]] = {}
    lines: list[list[Source]] = []
    for source, kind in zip(sources, kinds, strict=True):
        if kind is None or sizes[kind] <= MOST_MEMBERS:
            lines.append([source])
            continue
        if kind not in together:
            lines.append(together.setdefault(kind, []))
        together[kind].append(source)
    return [members[0] if len(members) == 1 else _as_one(members) for members in lines]


def is_folded(source: Source) -> bool:
    """Whether a line stands for several members of a bundle."""
    return source.container.endswith(_MEMBERS)


def is_of(name: str, source: Source) -> bool:
    """Whether something of the source of that name belongs to a line."""
    return name == source.source or (is_folded(source) and name.startswith(f"{source.source}!"))


_MEMBERS = " members"


def _fold(source: Source) -> tuple[str, str] | None:
    bundle, mark, _ = source.source.partition("!")
    return (bundle, source.format) if mark and source.format not in (None, GENERIC) else None


def _as_one(members: Sequence[Source]) -> Source:
    first = members[0]
    counts = ("records", "loaded", "merged", "skipped", "spans", "runs", "issues")
    versions = {member.format_version for member in members}
    return replace(
        first,
        source=first.source.partition("!")[0],
        container=f"{len(members):,}{_MEMBERS}",
        format_version=versions.pop() if len(versions) == 1 else None,
        why_detected=f"{len(members):,}{_MEMBERS}: {first.why_detected}",
        size_bytes=sum(member.size_bytes or 0 for member in members),
        elapsed_ms=sum(member.elapsed_ms or 0 for member in members),
        first_ns=min((member.first_ns for member in members if member.first_ns is not None), default=None),
        last_ns=max((member.last_ns for member in members if member.last_ns is not None), default=None),
        **{name: sum(getattr(member, name) for member in members) for name in counts},
    )
