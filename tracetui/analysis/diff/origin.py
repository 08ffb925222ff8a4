"""Where two prompts that led to other actions first tell something else: a result, the user, or the model itself."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import NamedTuple

from tracetui.analysis.diff.divergence import Cause
from tracetui.analysis.diff.messages import content_key
from tracetui.analysis.diff.normal import normal_form
from tracetui.analysis.diff.rewording import is_rewording
from tracetui.analysis.diff.side_effects import is_note
from tracetui.analysis.diff.steps import ModelCallDiff
from tracetui.analysis.diff.volatile import Volatile
from tracetui.model import Message, Part, PartType

_ACTIONS = frozenset((PartType.TOOL_CALL, PartType.TOOL_RESULT))


@dataclass(frozen=True, slots=True)
class Origin:
    """Why prompts with the same settings led to other actions. `a` and `b` are the first messages of user or model that
    differ, None for one that is not there; `is_before` says that the same calls and results stand behind them."""

    cause: Cause
    a: Message | None = None
    b: Message | None = None
    is_before: bool = False


@dataclass(frozen=True, slots=True)
class _Prompt:
    """Messages, and the calls and results among them: `places` says in which message each stands, `asked` which call a
    result answers (empty where that is not there)."""

    messages: tuple[Message, ...]
    evidence: list[tuple[PartType, str]]
    places: list[int]
    asked: list[str]

    @property
    def last(self) -> Message | None:
        """The message of the last call or result."""
        return self.messages[self.places[-1]] if self.places else None

    @property
    def behind(self) -> tuple[Message, ...]:
        """What was said behind it."""
        return self.words(len(self.evidence))

    @property
    def before(self) -> tuple[Message, ...]:
        """What the user said before it."""
        return tuple(m for m in self.messages[: (self.places or [0])[-1]] if m.role == "user")

    def words(self, number: int) -> tuple[Message, ...]:
        """What was said between a call or result and the one before."""
        begin = self.places[number - 1] + 1 if number else 0
        end = self.places[number] if number < len(self.places) else len(self.messages)
        said = self.messages[begin:end]
        return tuple(m for m in said if any(p.type is not PartType.TOOL_RESULT for p in m.parts))


def origin_of(diff: ModelCallDiff, rule: Volatile) -> Origin | None:
    """The origin of what two deciding calls saw differently; None where that was another context: other settings, a
    summary, other calls, or words of anybody but user and model."""
    if diff.system or diff.parameters or not diff.tools.is_empty or not (diff.a_input and diff.b_input):
        return None
    if any(fact.is_of_request for fact in diff.facts):
        return None
    if any(p.type is PartType.COMPACTION for m in (*diff.a_input, *diff.b_input) for p in m.parts):
        return None
    a, b = _prompt(diff.a_input, rule), _prompt(diff.b_input, rule)
    if a.evidence == b.evidence:
        return _of_words(a, b, rule)
    shorter = min(len(a.evidence), len(b.evidence))
    at = next((at for at in range(shorter) if a.evidence[at] != b.evidence[at]), shorter)
    are_results = at < shorter and PartType.TOOL_RESULT is a.evidence[at][0] is b.evidence[at][0]
    if are_results and a.asked[at] and a.asked[at] == b.asked[at]:
        return Origin(Cause.ENVIRONMENT)
    other = _began(a.words(at), b.words(at), rule)
    if other is None or {None if m is None else m.role for m in other} != {"user"}:
        return None
    return Origin(Cause.USER, *other)


def _began(
    ours: Sequence[Message], theirs: Sequence[Message], rule: Volatile
) -> tuple[Message | None, Message | None] | None:
    """Where two talks that end in other actions began to differ: the first of the messages that differ up to their
    end. Before mere rewordings the other words led to the same answers."""
    found = None
    for ours_said, theirs_said in reversed(list(zip_longest(ours, theirs))):
        if not _is_other(ours_said, theirs_said, rule):
            break
        found = ours_said, theirs_said
    return found


def _is_other(a: Message | None, b: Message | None, rule: Volatile) -> bool:
    """Whether two messages differ, and not in wording alone."""
    if a is None or b is None:
        return True
    return content_key(a, rule) != content_key(b, rule) and not is_rewording(a, b)


def went_on(diff: ModelCallDiff, rule: Volatile, *, is_a_over: bool) -> Origin | None:
    """What the user said in the run that goes on, where the other ended after its last call; None where that said
    nothing more, or anything else differs before."""
    a, b = _prompt(diff.a_input, rule), _prompt(diff.b_input, rule)
    said, said_there = ([m for m in each.behind if m.role == "user"] for each in (a, b))
    more = len(said_there) - len(said) if is_a_over else len(said) - len(said_there)
    if a.evidence[: len(b.evidence)] != b.evidence[: len(a.evidence)] or more <= 0:
        return None
    return Origin(Cause.USER, None if is_a_over else said[-1], said_there[-1] if is_a_over else None)


def _prompt(messages: Sequence[Message], rule: Volatile) -> _Prompt:
    notes = {
        p.tool_call_id for m in messages for p in m.parts if p.tool_call_id and is_note(p.tool_name or "")
    }
    found = [
        (at, part)
        for at, message in enumerate(messages)
        for part in message.parts
        if _is_evidence(part, notes)
    ]
    texts = [f"{p.tool_name or ''}\x1f{normal_form(p.content or '', rule)}" for _, p in found]
    called = {
        part.tool_call_id: text
        for (_, part), text in zip(found, texts, strict=True)
        if part.tool_call_id and part.type is PartType.TOOL_CALL
    }
    told = [
        _Told(
            at if part.type is PartType.TOOL_CALL else -1,
            part.type,
            called.get(part.tool_call_id or "", ""),
            text,
        )
        for (at, part), text in zip(found, texts, strict=True)
    ]
    # calls of one answer run side by side, and their results come in no order
    told = [each for _, batch in groupby(told, lambda each: each[:2]) for each in sorted(batch)]
    evidence = [(each.type, each.text) for each in told]
    return _Prompt(tuple(messages), evidence, [at for at, _ in found], [each.asked for each in told])


class _Told(NamedTuple):
    """A call or result: the message of a call (-1 for results), the call that it answers, and what it tells."""

    message: int
    type: PartType
    asked: str
    text: str


def _is_evidence(part: Part, notes: Container[str | None]) -> bool:
    # ids may stand for several calls: they tell of what has no name
    is_own = is_note(part.tool_name) if part.tool_name else part.tool_call_id in notes
    return part.type in _ACTIONS and not is_own


def _of_words(a: _Prompt, b: _Prompt, rule: Volatile) -> Origin | None:
    """The origin behind the same calls and results."""
    roles = {message.role for message in (*a.behind, *b.behind)}
    if not roles <= {"user", "assistant"} or _told_more(a, rule) != _told_more(b, rule):
        return None
    behind = _began(a.behind, b.behind, rule)
    if behind is None:
        said = zip_longest(a.before, b.before)
        ours, theirs = next(((x, y) for x, y in said if _is_other(x, y, rule)), (None, None))
        return Origin(Cause.DECISION, ours, theirs, is_before=True)
    speakers = {message.role for message in behind if message is not None}
    if speakers == {"user"}:
        return Origin(Cause.USER, *behind)
    own, own_there = (None if m is None or m.role == "user" else m for m in behind)
    return Origin(Cause.DECISION, own, own_there)


def _told_more(prompt: _Prompt, rule: Volatile) -> tuple[str, ...]:
    """What the message of the last result says beside it."""
    if prompt.last is None or prompt.last.role == "assistant":
        return ()
    return tuple(
        normal_form(p.content or "", rule) for p in prompt.last.parts if p.type is not PartType.TOOL_RESULT
    )
