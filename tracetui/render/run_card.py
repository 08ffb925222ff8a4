"""The card of the first divergence: the cause, what each run did, and what was said before; every line of a step leads
there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tracetui.analysis.diff.compared import ComparedRun
from tracetui.analysis.diff.divergence import Cause, Divergence, first_at, step_of
from tracetui.analysis.diff.messages import message_text
from tracetui.analysis.diff.row_texts import StepText
from tracetui.analysis.diff.runs import Level, Row
from tracetui.analysis.diff.steps import ModelCallDiff
from tracetui.api.diffs import RunDiff
from tracetui.model import SpanKind
from tracetui.render.row_changes import change_words, where_they_differ
from tracetui.render.safe import safe
from tracetui.render.step_diff import call_summary

_NAME_CHARACTERS = 80
_TOLD_CHARACTERS = 200
_ASIDE_CHARACTERS = 60
_CAUSES = {
    Cause.DECISION: "the model saw the same context and decided differently",
    Cause.CONTEXT: "what the model saw already differed",
    Cause.USER: "the user said something else",
    Cause.END: "one run ended, the other went on",
    Cause.ENVIRONMENT: "the same call gave another result",
    Cause.UNKNOWN: "what the model saw is not recorded on both sides",
}
_UNDECIDED = "no model call that both runs made stands before it"


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line, and the step that it tells of: `a` or `b`, and its position there; None for none."""

    text: str
    side: str | None = None
    place: int | None = None


def divergence_lines(diff: RunDiff) -> Iterator[str]:
    """The card as text alone."""
    return (line.text for line in card_lines(diff))


def card_lines(diff: RunDiff) -> Iterator[CardLine]:
    """Why the runs part, what each does there, what was said before, until where both did the same."""
    found = diff.divergence
    if found is None:
        yield from _same_lines(diff)
        return
    yield CardLine(f"First divergence: {_cause_words(diff, found)}")
    parting = found.parting
    if parting is None:
        yield from _result_lines(diff, found)
        return
    for side, at in (("a", 0), ("b", 1)):
        call = None if parting.calls is None else parting.calls[at]
        yield from _side_lines(diff, side, call, parting.actions[at], is_over=_is_over(found, side))
    yield from _origin_lines(diff, found)
    if found.cause is Cause.CONTEXT:
        yield from _context_lines(diff, found)
    yield _shared_line(diff, found)


def _cause_words(diff: RunDiff, found: Divergence) -> str:
    if found.cause is Cause.UNKNOWN and found.calls is None:
        return _UNDECIDED
    if found.cause is Cause.USER and diff.origin is not None and None in (diff.origin.a, diff.origin.b):
        return f"the user went on in {'B' if diff.origin.a is None else 'A'} alone"
    if diff.origin is None or found.cause in {Cause.USER, Cause.END}:
        return _CAUSES[found.cause]
    if found.cause is Cause.ENVIRONMENT:
        return "the model was given another result"
    if diff.origin.is_before and (diff.origin.a or diff.origin.b):
        return "same evidence, other decision; the user's words before it differ"
    if diff.origin.a is None and diff.origin.b is None:
        return "same evidence, other decision; only wording of the chat differs"
    return "same evidence, other decision; the model's own words differed first"


def _is_over(found: Divergence, side: str) -> bool:
    """Whether the run gave no answer in the turn in which the other acts."""
    if found.is_same_turn or found.calls is None or found.parting is None:
        return False
    action = found.parting.actions[0 if side == "a" else 1]
    return action is None


def _is_before_shared(diff: RunDiff, side: str, call: int) -> bool:
    """Whether a call stands before the last action that both runs made."""
    parting = None if diff.divergence is None else diff.divergence.parting
    shared = None if parting is None else parting.shared
    return shared is not None and call < shared[0 if side == "a" else 1]


def _side_lines(
    diff: RunDiff, side: str, call: int | None, action: int | None, *, is_over: bool
) -> Iterator[CardLine]:
    """What one run did: its answer, and the action behind that."""
    run, sign = _run(diff, side), side.upper()
    if action is None:
        is_earlier = is_over and call is not None and _is_before_shared(diff, side, call)
        said = None if call is None or is_earlier else _answer(diff, side, call)
        told = f"{_step(run, call)}said {said}; " if said and call is not None else ""
        yield CardLine(
            f"  {sign}  {told}{'the run ends there' if is_over else 'then acts no more'}", side, call
        )
        return
    deed = _deed(diff, side, action)
    acts_at_once = call is None or _acts_in(run, call, action)
    if not acts_at_once and call is not None:
        said = _answer(diff, side, call) or "something"
        yield CardLine(f"  {sign}  {_step(run, call)}said {said}", side, call)
        yield CardLine(f"     later {deed}", side, action)
        return
    yield CardLine(f"  {sign}  {deed}", side, action)


def _acts_in(run: ComparedRun, call: int, action: int) -> bool:
    """Whether the model call itself led to the action."""
    between = (at for at in range(call + 1, action) if run.kind[at] is SpanKind.LLM)
    return call == action or next(between, None) is None


def _result_lines(diff: RunDiff, found: Divergence) -> Iterator[CardLine]:
    row = diff.rows[found.row]
    for side, place in zip("ab", found.results or (row.a, row.b), strict=True):
        if place is None:
            continue
        returned = _text(diff, side, place).returned
        told = "nothing" if returned is None else safe(" ".join(returned.split()), _TOLD_CHARACTERS)
        failed = " failed:" if str(_run(diff, side).status[place]) == "error" else " →"
        yield CardLine(f"  {side.upper()}  {_deed(diff, side, place)}{failed} {told}", side, place)
    changes = change_words(diff, row) if found.results == (row.a, row.b) else ""
    if changes:
        yield CardLine(f"  {changes}", "b", row.b)


def _origin_lines(diff: RunDiff, found: Divergence) -> Iterator[CardLine]:
    """Both messages that differ, each cut to a line."""
    origin = diff.origin
    if origin is None or (origin.a is None and origin.b is None):
        return
    calls = found.calls or (None, None)
    texts = ("" if each is None else message_text(each) for each in (origin.a, origin.b))
    shown = dict(zip("ab", where_they_differ(*texts), strict=True))
    for side, message, call in (("a", origin.a, calls[0]), ("b", origin.b, calls[1])):
        if message is None:
            yield CardLine(f"  {side.upper()}  nothing more was said", side, call)
            continue
        told = safe(shown[side], _TOLD_CHARACTERS)
        who = safe(message.role, _NAME_CHARACTERS)
        yield CardLine(f"  {side.upper()}  before that, {who}: {told}", side, call)


def _context_lines(diff: RunDiff, found: Divergence) -> Iterator[CardLine]:
    if isinstance(diff.explained, ModelCallDiff):
        call = None if found.calls is None else found.calls[1]
        told = [
            f"{fact.name} {safe(fact.before or '', _NAME_CHARACTERS)} → {safe(fact.after or '', _NAME_CHARACTERS)}"
            for fact in diff.explained.facts
            if fact.is_of_request
        ]
        if not diff.explained.is_same_context:
            told.append(call_summary(diff.explained))
        if told:
            yield CardLine(f"  what it saw, A → B: {' · '.join(told)}", "b", call)
    if found.context_row is not None:
        yield _changed_line(diff, diff.rows[found.context_row], "  differs since")


def _changed_line(diff: RunDiff, row: Row, words: str) -> CardLine:
    """Where a row stands and what changed there."""
    side, place = ("b", row.b) if row.b is not None else ("a", row.a)
    changes = change_words(diff, row)
    return CardLine(f"{words} {row_place(diff, row)}{f': {changes}' if changes else ''}", side, place)


def _shared_line(diff: RunDiff, found: Divergence) -> CardLine:
    """Until where both did the same, and which calls decided."""
    words = []
    if found.calls is not None:
        numbers = [_number(_run(diff, side), at) for side, at in zip("ab", found.calls, strict=True)]
        words.append(f"decided at step {numbers[0]} of A, {numbers[1]} of B")
    shared = None if found.parting is None else found.parting.shared
    if shared is None:
        words.append("no action before that is shared")
    else:
        steps = [_number(_run(diff, side), at) for side, at in zip("ab", shared, strict=True)]
        where = f"step {steps[0]}" if steps[0] == steps[1] else f"step {steps[0]} of A, {steps[1]} of B"
        words.append(f"same actions up to {where}: {_deed(diff, 'b', shared[1], is_aside=True)}")
    return CardLine(f"  {'; '.join(words)}", "b", None if shared is None else shared[1])


def _same_lines(diff: RunDiff) -> Iterator[CardLine]:
    """What is told of runs that do not part."""
    empty = [name for name, run in (("A", diff.alignment.a), ("B", diff.alignment.b)) if not any(run.step)]
    if empty:
        yield CardLine(f"No steps to compare in {' and '.join(empty)}.")
    else:
        yield CardLine("No divergence: both runs took the same actions and got the same answers.")
    seen = first_at(diff.rows, Level.CONTEXT)
    if seen is not None:
        yield _changed_line(diff, diff.rows[seen], "What the model saw differs first at")
    if diff.ends_differ:
        yield CardLine(f"They end differently: A {diff.a.status}, B {diff.b.status}")


def place_text(diff: RunDiff, side: str, place: int) -> str:
    """A span by step, kind and name."""
    run = _run(diff, side)
    step = f"step {run.step[place]:,} " if run.step[place] else ""
    return f"{step}{run.kind[place]} {safe(run.name_of(place), _NAME_CHARACTERS)}"


def row_place(diff: RunDiff, row: Row) -> str:
    """Where a row stands: in B, unless only A has it."""
    return (
        f"B {place_text(diff, 'b', row.b)}" if row.b is not None else f"A {place_text(diff, 'a', row.a or 0)}"
    )


def place_of(diff: RunDiff, side: str, step: int | None) -> int | None:
    """The position of a step; None where there is no such step."""
    run = _run(diff, side)
    return next((at for at, number in enumerate(run.step) if step and number == step), None)


def _run(diff: RunDiff, side: str) -> ComparedRun:
    return diff.alignment.a if side == "a" else diff.alignment.b


def _text(diff: RunDiff, side: str, place: int) -> StepText:
    return (diff.texts.a if side == "a" else diff.texts.b).get(place, StepText(None, None))


def _deed(diff: RunDiff, side: str, place: int, *, is_aside: bool = False) -> str:
    """An action in one line: step, name, arguments; of a model call its answer. As an aside without step, and shorter."""
    run, told = _run(diff, side), _text(diff, side, place)
    text = told.returned if run.kind[place] is SpanKind.LLM else told.given
    name = safe(run.name_of(place), _NAME_CHARACTERS)
    words = safe(" ".join((text or "").split()), _ASIDE_CHARACTERS if is_aside else _TOLD_CHARACTERS)
    deed = called_words(name, words)
    return deed if is_aside else f"{_step(run, place)}{deed}"


def called_words(name: str, arguments: str) -> str:
    """A call by its name and what it was given."""
    # a command line begins with its command
    return arguments if arguments.startswith(f"{name} ") else f"{name} {arguments}".rstrip()


def _answer(diff: RunDiff, side: str, call: int) -> str | None:
    said = _text(diff, side, call).returned
    return None if said is None else f"“{safe(' '.join(said.split()), _TOLD_CHARACTERS)}”"


def _step(run: ComparedRun, place: int | None) -> str:
    return "" if place is None or not run.step[place] else f"step {run.step[place]:,} "


def _number(run: ComparedRun, place: int) -> str:
    return f"{step_of(run, place) or '–'}"
