"""One run against several good ones: what all or some of them did and it did not, and the reverse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracetui.analysis.diff.side_effects import Deed, has_side_effects
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
    """Calls of several good runs that one run lacks, the most usual first, calls of it that none of them made, and
    those that it made `again`, more often than any of them."""

    good_runs: int
    missing: tuple[Usual, ...]
    extra: tuple[Deed, ...]
    runs: tuple[str, ...] = ()
    again: tuple[Deed, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the run did what the good runs did."""
        return not (self.missing or self.extra or self.again)


def against_many(
    run: Sequence[Deed],
    good: Mapping[str, Sequence[Deed]],
    is_effect: Callable[[str, str], bool] = lambda name, _: has_side_effects(name),
) -> Consensus:
    """The difference of one run's successful calls from those of the good runs, by id; how often counts for side
    effects alone."""
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
        len(good), tuple(missing), tuple(sorted(extra.values(), key=lambda deed: deed.step or 0)), tuple(good),
        tuple(_again(run, good.values(), is_effect)),
    )  # fmt: skip


def _again(
    run: Sequence[Deed], good: Iterable[Sequence[Deed]], is_effect: Callable[[str, str], bool]
) -> Iterator[Deed]:
    """Calls with side effects beyond the most that a good run made of them."""
    most: Counter[tuple[str, str]] = Counter()
    for deeds in good:
        most |= Counter(deed.key for deed in deeds if _succeeded(deed))
    made: Counter[tuple[str, str]] = Counter()
    for deed in run:
        if _succeeded(deed) and is_effect(deed.name, deed.arguments):
            made[deed.key] += 1
            if 0 < most[deed.key] < made[deed.key]:
                yield deed


def _succeeded(deed: Deed) -> bool:
    return deed.status not in {Status.ERROR, Status.UNFINISHED}
