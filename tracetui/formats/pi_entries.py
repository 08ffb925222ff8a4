"""A session of pi: entries that follow on one another, go back to earlier ones, and are compacted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.message_parts import first_text, read_parts
from tracetui.formats.pi_messages import ROLES, PiMessages
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, Event, Message, Origin, Part, PartType, Severity, Skipped, SpanKind, Status

NOTES = frozenset(
    (
        *("model_change", "thinking_level_change", "label", "custom", "session_info"),
        *("context_transform", "ephemeral"),
    )
)
_LONGEST_NAME = 100


@dataclass(slots=True)
class PiSession:
    """The lines of one session file, told to a transcript.

    `_parents` and `_said` are by the id of an entry; entries of old versions, which have none, get one by their place.
    `_kept` is what a model is given after an entry that replaced what stood before.
    """

    log: Transcript
    messages: PiMessages
    _parents: dict[str, str | None] = field(default_factory=dict)
    _said: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    _kept: dict[str, list[Message]] = field(default_factory=dict)
    _places: list[str] = field(default_factory=list)
    _leaf: str | None = None
    _has_header: bool = False

    @classmethod
    def begin(cls, first: dict[str, Any], source: str, origin: Origin) -> PiSession:
        """A session by its first line, which is its header unless that is lost."""
        known = first_text(first, ("id",)) if first.get("type") == "session" else None
        session = known or source or "session"
        log = Transcript(session, origin, "")
        log.root.session_id, log.root.agent = session, "pi"
        return cls(log, PiMessages(log))

    def is_other(self, header: dict[str, Any]) -> bool:
        """Whether a header begins another session than this one."""
        return self._has_header and first_text(header, ("id",)) not in (None, self.log.trace_id)

    def take(self, line: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        """One line; yields only what does not belong to the session."""
        word, at_ns = first_text(line, ("type",)), to_ns(line.get("timestamp"))
        if word == "session":
            self._header(line, origin)
            return
        own = self._enter(line, at_ns)
        before = len(self.log.context)
        if word == "message" and _is_message(line.get("message")):
            message = line["message"]
            self.messages.tell(message, origin, to_ns(message.get("timestamp")), at_ns)
        elif word == "custom_message":
            parts = tuple(read_parts(line.get("content")))
            self.log.message(Message("user", parts, name=first_text(line, ("customType",))), origin, at_ns)
        elif word in ("compaction", "branch_summary"):
            self._summary(word, own, line, origin, at_ns)
        elif word in NOTES:
            self._note(word or "", line, origin, at_ns)
        else:
            yield Skipped(origin, "unknown_shape", "a line that is no entry of a session", Severity.WARNING)
        self._said[own] = tuple(self.log.context[before:])
        self._leaf = own

    def entries(self) -> Iterator[Entry]:
        """All spans of the session."""
        self.messages.end()
        root = self.log.root
        root.name = (root.name or one_line(self.messages.first_prompt) or "pi session")[:_LONGEST_NAME]
        yield from self.log.entries()

    def _header(self, line: dict[str, Any], origin: Origin) -> None:
        self.log.merge(origin)
        if not self._has_header:
            self._has_header = True
            self.log.root.attributes = {key: value for key, value in line.items() if key != "type"}

    def _enter(self, line: dict[str, Any], at_ns: int | None) -> str:
        """The id of an entry; where it does not follow on the line before, the session went back to its parent."""
        own = first_text(line, ("id",)) or f"#{len(self._places)}"
        parent = first_text(line, ("parentId",)) if "parentId" in line else self._leaf
        if own in self._parents:
            own = f"{own}#{len(self._places)}"
        self._parents[own] = parent
        self._places.append(own)
        if parent != self._leaf and self._leaf is not None:
            self.log.compact(self._before(parent), at_ns)
            self._event("went_back", at_ns, {"from": self._leaf, "to": parent})
        return own

    def _before(self, entry: str | None, until: str | None = None) -> list[Message]:
        """What is said on the way to an entry, from `until` on or from the last time it was replaced."""
        found: list[tuple[Message, ...]] = []
        seen: set[str] = set()
        while entry is not None and entry not in seen:
            seen.add(entry)
            if entry in self._kept:
                found.append(tuple(self._kept[entry]))
                break
            found.append(self._said.get(entry, ()))
            if entry == until:
                break
            entry = self._parents.get(entry)
        return [message for said in reversed(found) for message in said]

    def _summary(self, word: str, own: str, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """A compaction replaces what was said before its first kept entry; the summary of a branch is added."""
        summary = first_text(line, ("summary",))
        step = self.log.step(SpanKind.MEMORY, word.replace("_", " "), origin, at_ns)
        step.status, step.output, step.start_ns = Status.OK, summary, at_ns
        step.attributes = {key: value for key, value in line.items() if key not in ("type", "summary")}
        told = Message("user", (Part(PartType.COMPACTION, summary),))
        if word == "branch_summary":
            self.log.message(told, None, at_ns)
            return
        self._kept[own] = [told, *self._first_kept(own, line)]
        self.log.compact(self._kept[own], at_ns)

    def _first_kept(self, own: str, line: dict[str, Any]) -> list[Message]:
        kept, place = first_text(line, ("firstKeptEntryId",)), line.get("firstKeptEntryIndex")
        if kept is None and type(place) is int and 0 < place <= len(self._places):
            # the header counts as the first entry
            kept = self._places[place - 1]
        if kept not in self._parents:
            return []
        return self._before(self._parents[own], kept)

    def _note(self, word: str, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        if word == "session_info":
            self.log.root.name = first_text(line, ("name", "title")) or self.log.root.name
        self._event(
            word, at_ns, {key: value for key, value in line.items() if key not in ("type", "timestamp")}
        )
        self.log.merge(origin)

    def _event(self, name: str, at_ns: int | None, attributes: dict[str, Any]) -> None:
        self.log.root.events = [*self.log.root.events, Event(name, at_ns, attributes)]


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and first_text(value, ("role",)) in ROLES
