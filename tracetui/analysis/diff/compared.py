"""A run as it is compared: columns of fingerprints instead of texts, and what is computed of them for each subtree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain

from tracetui.analysis.diff.settings import Settings
from tracetui.model import SpanKind, Status

CONTAINERS = frozenset((SpanKind.AGENT, SpanKind.CHAIN, SpanKind.PROMPT, SpanKind.UNKNOWN))
"""Kinds that hold others rather than act; one may stand for another."""

MODEL_CALL = "model call"
"""What any call of a model is called."""

_NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{16,}\b|\d+", re.IGNORECASE)
_LARGEST_BAG = 120
_BITS = 2**61 - 1
_SHIFT = 1_000_003


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """The spans of a run in depth-first order, one entry a span in every column; fingerprints are 0 for nothing.

    `operation` is the tool or a plain name, `called` what the trace itself calls the span. `given` is what went in (arguments; for a model call all messages),
    `facets` are the single arguments (with the operation), `settings` what else a model was told,
    `decided` the tool calls that a model asked for, `returned` what came out, `state` what became of the memory (empty
    where that is not told). `seen` is what of a prompt the model did not say itself, as a sum: of two prompts the
    difference of both sums tells which messages differ, whatever their order. -1 stands for unknown tokens, None for an
    unknown duration or cost.
    """

    run_id: str
    depth: Sequence[int]
    end: Sequence[int]
    step: Sequence[int]
    kind: Sequence[SpanKind]
    operation: Sequence[str]
    status: Sequence[Status]
    given: Sequence[int]
    facets: Sequence[tuple[int, ...]]
    settings: Sequence[Settings]
    decided: Sequence[int]
    returned: Sequence[int]
    duration_ns: Sequence[int | None]
    tokens: Sequence[int]
    cost_usd: Sequence[Decimal | None]
    model: Sequence[str | None] = field(default=())
    state: Sequence[int] = field(default=())
    called: Sequence[str] = field(default=())
    seen: Sequence[int] = field(default=())
    only_reads: Sequence[bool] = field(default=())
    """Whether the arguments of each span say that it changes nothing; empty where that is not told."""
    left_out: frozenset[str] = field(default=frozenset())
    """Keys that stand in its values and do not count."""

    def __len__(self) -> int:
        return len(self.depth)

    def name_of(self, place: int) -> str:
        """What a reader is shown: the name in the trace, where there is none what stands for it."""
        return (self.called[place] if self.called else "") or self.operation[place]


def plain_name(kind: SpanKind, name: str, model: str | None) -> str:
    """What a span is called from run to run: without numbers, the model and, for what only holds others, the words
    after a colon. Model calls are all called the same: their names hold the model, and each format words them its way."""
    if kind is SpanKind.LLM:
        return MODEL_CALL
    text = name.replace(model, "") if model else name
    if kind in CONTAINERS:
        text = text.partition(": ")[0]
    return _NUMBERS.sub("#", text).strip() or str(kind)


@dataclass(slots=True)
class Prints:
    """Fingerprints of each subtree of a run.

    `label` is kind and operation; `whole` everything; `entry` label and what went in; `deeds` what was done in
    whatever order, whatever was said (0 for nothing); `shape` the labels alone. `children` holds the places below each span, `container` whether it holds
    others rather than acts.
    """

    run: ComparedRun
    label: list[int]
    entry: list[int]
    whole: list[int]
    deeds: list[int]
    shape: list[int]
    children: list[list[int]]
    parent: list[int]
    container: list[bool]
    bags: dict[int, dict[int, int]] = field(default_factory=dict)
    arguments: dict[int, frozenset[int]] = field(default_factory=dict)

    def is_container(self, place: int) -> bool:
        """Whether the span holds others rather than acts."""
        return self.container[place]

    def is_action(self, place: int) -> bool:
        """Whether the span does something: neither a container nor a model call."""
        return not self.container[place] and self.run.kind[place] is not SpanKind.LLM

    def bag(self, place: int) -> dict[int, int]:
        """How often labels and arguments stand in a subtree, in a large one those that come first."""
        found = self.bags.get(place)
        if found is None:
            found = self.bags[place] = self._gathered(place)
        return found

    def arguments_of(self, place: int) -> frozenset[int]:
        """The single arguments in a subtree."""
        found = self.arguments.get(place)
        if found is None:
            stop = min(self.run.end[place], place + _LARGEST_BAG)
            found = self.arguments[place] = frozenset(chain.from_iterable(self.run.facets[place:stop]))
        return found

    def _gathered(self, place: int) -> dict[int, int]:
        bag = dict.fromkeys(self.arguments_of(place), 1)
        for label in self.label[place : min(self.run.end[place], place + _LARGEST_BAG)]:
            bag[label] = bag.get(label, 0) + 1
        return bag


def prints_of(run: ComparedRun, labels: Mapping[tuple[int, str], int]) -> Prints:
    """The fingerprints of a run; `labels` as `numbered_labels` gives them for all runs that are compared."""
    children, parent = _family(run)
    label = [labels[word] for word in _label_words(run)]
    entry = [hash(pair) for pair in zip(label, run.given, strict=True)]
    failed = [status is Status.ERROR for status in run.status]
    whole = [hash(own) for own in zip(entry, run.returned, run.decided, failed, strict=True)]
    deeds, shape = _own_deeds(run, entry), list(label)
    for place in range(len(run) - 1, 0, -1):
        # children come last to first, so that each shifts those behind it
        above = parent[place]
        whole[above] = (whole[above] * _SHIFT + whole[place]) & _BITS
        shape[above] = (shape[above] * _SHIFT + shape[place]) & _BITS
        # the order does not count, nor the levels between: tools of one turn run side by side, frameworks add levels
        deeds[above] = (deeds[above] + deeds[place]) & _BITS
    holds = {kind: kind in CONTAINERS for kind in set(run.kind)}
    container = [holds[kind] for kind in run.kind]
    return Prints(run, label, entry, whole, deeds, shape, children, parent, container)


def _own_deeds(run: ComparedRun, entry: Sequence[int]) -> list[int]:
    """What each span itself did: its entry where it acts; in a run without actions, what models asked for."""
    kinds = run.kind
    if any(kind is not SpanKind.LLM and kind not in CONTAINERS for kind in set(kinds)):
        return [
            0 if kind is SpanKind.LLM or kind in CONTAINERS else own & _BITS
            for kind, own in zip(kinds, entry, strict=True)
        ]
    return [own & _BITS if kind is SpanKind.LLM else 0 for kind, own in zip(kinds, run.decided, strict=True)]


def numbered_labels(*runs: ComparedRun) -> dict[tuple[int, str], int]:
    """A number for each kind and operation, whichever run comes first."""
    words = sorted({word for run in runs for word in _label_words(run)})
    return {word: number for number, word in enumerate(words, start=1)}


_KIND_CLASS = {kind: 0 if kind in CONTAINERS else number for number, kind in enumerate(SpanKind, start=1)}


def _label_words(run: ComparedRun) -> list[tuple[int, str]]:
    return [(_KIND_CLASS[kind], operation) for kind, operation in zip(run.kind, run.operation, strict=True)]


def _family(run: ComparedRun) -> tuple[list[list[int]], list[int]]:
    children: list[list[int]] = [[] for _ in range(len(run))]
    parent = [-1] * len(run)
    open_spans: list[int] = []
    for place, depth in enumerate(run.depth):
        del open_spans[depth:]
        if depth:
            above = parent[place] = open_spans[-1]
            children[above].append(place)
        open_spans.append(place)
    return children, parent
