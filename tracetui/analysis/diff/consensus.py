"""One run against several good ones: what all or some of them did and it did not, and the reverse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracetui.analysis.diff.side_effects import Deed
from tracetui.model import Status


@dataclass(frozen=True, slots=True)
class Usual:
    """A call and how many of the good runs made it successfully, and which; `step` is that of the first of them."""

    name: str
    arguments: str
    good_runs: int
    step: int | None
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consensus:
    """Calls of several good runs that one run lacks, the most usual first, and calls of it that none of them made."""

    good_runs: int
    missing: tuple[Usual, ...]
    extra: tuple[Deed, ...]
    runs: tuple[str, ...] = ()


def against_many(run: Sequence[Deed], good: Mapping[str, Sequence[Deed]]) -> Consensus:
    """The difference of one run's successful calls from those of the good runs, by id; how often does not count."""
    made = {deed.key for deed in run if _succeeded(deed)}
    runs_with: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], Deed] = {}
    for run_id, deeds in good.items():
        for key, deed in {deed.key: deed for deed in reversed(deeds) if _succeeded(deed)}.items():
            runs_with.setdefault(key, []).append(run_id)
            first.setdefault(key, deed)
    missing = [
        Usual(*key, len(runs), first[key].step, tuple(runs))
        for key, runs in runs_with.items()
        if key not in made
    ]
    missing.sort(key=lambda usual: (-usual.good_runs, usual.step or 0, usual.name))
    extra = {deed.key: deed for deed in reversed(run) if _succeeded(deed) and deed.key not in runs_with}
    return Consensus(
        len(good), tuple(missing), tuple(sorted(extra.values(), key=lambda deed: deed.step or 0)), tuple(good)
    )


def _succeeded(deed: Deed) -> bool:
    return deed.status not in {Status.ERROR, Status.UNFINISHED}
