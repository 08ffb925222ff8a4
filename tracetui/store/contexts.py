"""Fills `store.context_changes`: what entered or left the context window, call by call, and what sources tell of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import duckdb

from tracetui import sql
from tracetui.analysis.compactions import ToldChange, applied_edits, compaction, is_compaction
from tracetui.analysis.context_window import (
    Body,
    Tool,
    WindowChange,
    tool_changes,
    window_changes,
)
from tracetui.analysis.conversations import Window, previous_window
from tracetui.analysis.state.spans import json_of
from tracetui.model import Fidelity
from tracetui.store.tables import TableBuffer

_RANGES = """
    SELECT r.span_key, r.list_key, r.first, r.length FROM store.message_ranges AS r
    JOIN context_calls AS c USING (span_key) WHERE r.side = 'input' ORDER BY r.span_key, r.position"""
_TOOLS = """
    SELECT span_key, tool_key, name, (length(name) + coalesce(length(description), 0) + coalesce(length(schema), 0))::BIGINT
    FROM store.span_tools JOIN store.tool_definitions USING (tool_key) JOIN context_calls USING (span_key)"""
_RESULTS = "SELECT tool_call_id, any_value(name), any_value(result) FROM store.tool_calls WHERE tool_call_id IN (SELECT unnest(?)) GROUP BY 1"
_LIMITS = """
    SELECT span_key, CAST(regexp_extract(attributes, '"(?:model_)?context_window"\\s*:\\s*(\\d{1,12})\\b', 1) AS BIGINT) AS tokens
    FROM store.payloads JOIN context_calls USING (span_key)
    WHERE contains(attributes, 'context_window"') AND regexp_matches(attributes, '"(?:model_)?context_window"\\s*:\\s*\\d{1,12}\\b')"""
_TOLD = """
    SELECT p.span_key, coalesce(p.step, (
            SELECT max(o.step) FROM store.places AS o JOIN store.spans AS t USING (span_key)
            WHERE o.run_key = p.run_key AND t.start_ns <= s.end_ns), 0),
        s.name, l.attributes, contains(l.attributes, 'applied_edits') OR contains(l.output, 'applied_edits'), l.output,
        s.kind = 'MEMORY' OR contains(l.attributes, 'compaction') OR contains(l.attributes, 'conversation.compacted')
    FROM store.payloads AS l JOIN store.places AS p USING (span_key) JOIN store.spans AS s USING (span_key)
    WHERE s.kind = 'MEMORY' OR contains(l.attributes, 'applied_edits') OR contains(l.output, 'applied_edits')
        OR contains(l.attributes, '"compaction.') OR contains(l.attributes, 'gen_ai.compaction')
        OR contains(l.attributes, 'conversation.compacted')
    ORDER BY p.run_key, p.position"""
_EVENTS = """
    SELECT e.span_key, coalesce(p.step, (
            SELECT max(o.step) FROM store.places AS o JOIN store.spans AS t USING (span_key)
            WHERE o.run_key = p.run_key AND t.start_ns <= e.at_ns), 0),
        e.name, e.attributes FROM store.events AS e JOIN store.places AS p USING (span_key)
    WHERE contains(lower(e.name), 'compact') OR contains(lower(e.name), 'summary_message')
    ORDER BY p.run_key, p.position, e.position"""
_COMPACTED = "gen_ai.conversation.compacted"
_BATCH = 20_000
_MOST_EARLIER = 24


def derive_contexts(connection: duckdb.DuckDBPyConnection, alive: Callable[[], None]) -> None:
    """Fill the table, once calls have places and messages are stored."""
    connection.execute(sql.text("derive/context_calls"))
    rows = TableBuffer(connection, "store.context_changes")
    windows = _Windows(connection)
    findings = TableBuffer(connection, "store.context_findings")
    limits = dict(connection.execute(_LIMITS).fetchall())
    unseen = _UnseenResults(connection, windows)
    calls = connection.execute("SELECT span_key, step, agent_key, conversation FROM context_calls").fetchall()
    for span_key, step, agent_key, conversation in calls:
        previous_key, changes = windows.next(span_key, agent_key, conversation)
        for change in changes:
            rows.rows.append(
                (span_key, previous_key, step, change.change, change.messages, change.characters,
                 change.first_position, None, None, None, limits.get(span_key), str(change.fidelity), change.evidence))  # fmt: skip
        for name in unseen.of_call(span_key, conversation):
            findings.rows.append(
                (span_key, step, name, "a note stands in its place since the first call that could see it")
            )
        if len(rows.rows) > _BATCH:
            rows.flush()
            alive()
    for span_key, step, told in _told(connection):
        rows.rows.append(
            (span_key, None, step, told.change, told.messages, None, None, told.tokens, told.tokens_before,
             told.tokens_after, None, str(Fidelity.EXACT), told.evidence))  # fmt: skip
    rows.flush()
    findings.flush()
    connection.execute("DROP TABLE context_calls")


class _Windows:
    """Messages and tools of all calls, as keys, and the last calls of each conversation."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._lists: dict[int, list[int]] = {}
        ordered = "SELECT list_key, message_key FROM store.message_lists ORDER BY list_key, place"
        for list_key, message_key in connection.execute(ordered).fetchall():
            self._lists.setdefault(list_key, []).append(message_key)
        self._ranges: dict[int, list[tuple[int | None, int, int]]] = {}
        for span_key, list_key, first, length in connection.execute(_RANGES).fetchall():
            self._ranges.setdefault(span_key, []).append((list_key, first, length))
        facts = connection.execute(sql.text("derive/message_facts")).fetchall() if self._ranges else []
        self.bodies = {key: Body(*known) for key, *known in facts}
        self._earlier: dict[int, deque[Window]] = {}
        self._tools: dict[int, dict[int, Tool]] = {}
        for span_key, tool_key, name, characters in connection.execute(_TOOLS).fetchall():
            self._tools.setdefault(span_key, {})[tool_key] = Tool(name, characters)

    def next(
        self, span_key: int, agent_key: int | None, conversation: int
    ) -> tuple[int | None, list[WindowChange]]:
        """The call that this one goes on from, and what it was given against that one; calls come in order."""
        now = Window(span_key, agent_key, self.messages(span_key), self.bodies)
        if not now.messages:
            return None, []
        earlier = self._earlier.setdefault(conversation, deque(maxlen=_MOST_EARLIER))
        before = previous_window(now, earlier)
        earlier.appendleft(now)
        if before is None:
            return None, window_changes([], now.messages, self.bodies)
        found = window_changes(before.messages, now.messages, self.bodies)
        tools = tool_changes(self._tools.get(before.span_key, {}), self._tools.get(span_key, {}))
        return before.span_key, found if tools is None else [*found, tools]

    def messages(self, span_key: int) -> list[int]:
        """What a call was given, in order."""
        keys: list[int] = []
        for list_key, first, length in self._ranges.get(span_key, ()):
            after = first + length
            keys += range(first, after) if list_key is None else self._lists[list_key][first:after]
        return keys


class _UnseenResults:
    """Results of tools that no model call was given: a note stands in their place from the first call on."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, windows: _Windows) -> None:
        self._windows = windows
        ids = {body.tool_call_id for body in windows.bodies.values() if body.is_placeholder}
        asked = [each for each in ids if each is not None]
        known = connection.execute(_RESULTS, [asked]).fetchall() if asked else []
        self._names = {tool_call_id: name for tool_call_id, name, _ in known}
        self._watched = {
            key: body for key, body in windows.bodies.items() if body.is_result and body.tool_call_id in self._names
        }  # fmt: skip
        self._met: set[tuple[int, str | None]] = set()

    def of_call(self, span_key: int, conversation: int) -> Iterator[str]:
        """Names of tools of which this call is the first that could see the result, and was not given it."""
        if not self._watched:
            return
        for key in self._windows.messages(span_key):
            body = self._watched.get(key)
            if body is None or (conversation, body.tool_call_id) in self._met:
                continue
            self._met.add((conversation, body.tool_call_id))
            if body.is_placeholder:
                yield self._names.get(body.tool_call_id) or "a tool"


def _told(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, int, ToldChange]]:
    """Compactions and edits that steps, attributes and events tell of."""
    for span_key, step, name, attributes, has_edits, output, may_compact in connection.execute(
        _TOLD
    ).fetchall():
        facts = json_of(attributes)
        if has_edits:
            for told in (*applied_edits(facts), *applied_edits(json_of(output))):
                yield span_key, step, told
        if may_compact and (is_compaction(name) or _is_marked(facts)):
            yield span_key, step, compaction(name or "compaction", facts)
    for span_key, step, name, attributes in connection.execute(_EVENTS).fetchall():
        yield span_key, step, compaction(f"event {name}", json_of(attributes))


def _is_marked(facts: Any) -> bool:
    return isinstance(facts, dict) and (
        facts.get(_COMPACTED) in (True, "true") or any(key.startswith("compaction.") for key in facts)
    )
