"""Fills `store.context_changes`: what entered or left the context window, call by call, and what sources tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import duckdb

from tracetui import sql
from tracetui.analysis.compactions import ToldChange, applied_edits, compaction, is_compaction
from tracetui.analysis.context_window import (
    Body,
    Tool,
    WindowChange,
    cleared_results,
    tool_changes,
    window_changes,
)
from tracetui.analysis.state.spans import json_of
from tracetui.model import Fidelity
from tracetui.store.tables import TableBuffer

_RANGES = """
    SELECT r.span_key, r.list_key, r.first, r.length FROM store.message_ranges AS r
    JOIN context_calls AS c USING (span_key) WHERE r.side = 'input' ORDER BY r.span_key, r.position"""
_BODIES = """
    SELECT b.message_key, b.role, max(p.tool_call_id), coalesce(bool_or(p.type = 'tool_result'), false),
        coalesce(bool_or(p.type = 'compaction' OR contains(lower(left(p.content, 400)), 'summar')), false),
        coalesce(sum(length(p.content)), 0)::BIGINT
    FROM store.message_bodies AS b LEFT JOIN store.message_parts AS p USING (message_key) GROUP BY b.message_key, b.role"""
_TOOLS = """
    SELECT span_key, tool_key, name, (length(name) + coalesce(length(description), 0) + coalesce(length(schema), 0))::BIGINT
    FROM store.span_tools JOIN store.tool_definitions USING (tool_key) JOIN context_calls USING (span_key)"""
_CALL_NAMES = (
    "SELECT tool_call_id, any_value(name) FROM store.tool_calls WHERE tool_call_id IS NOT NULL GROUP BY 1"
)
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


def derive_contexts(connection: duckdb.DuckDBPyConnection, alive: Callable[[], None]) -> None:
    """Fill the table, once calls have places and messages are stored."""
    connection.execute(sql.text("derive/context_calls"))
    rows = TableBuffer(connection, "store.context_changes")
    windows = _Windows(connection)
    findings = TableBuffer(connection, "store.context_findings")
    limits = dict(connection.execute(_LIMITS).fetchall())
    calls = connection.execute("SELECT span_key, previous_key, step FROM context_calls").fetchall()
    for span_key, previous_key, step in calls:
        for change in windows.changes(span_key, previous_key):
            rows.rows.append(
                (span_key, previous_key, step, change.change, change.messages, change.characters,
                 change.first_position, None, None, None, limits.get(span_key), str(change.fidelity), change.evidence))  # fmt: skip
        for name in windows.cleared_early(span_key, previous_key):
            findings.rows.append((span_key, step, name, "its result was in the window of one call only"))
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
    """Messages and tools of all calls, as keys."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._lists: dict[int, list[int]] = {}
        ordered = "SELECT list_key, message_key FROM store.message_lists ORDER BY list_key, place"
        for list_key, message_key in connection.execute(ordered).fetchall():
            self._lists.setdefault(list_key, []).append(message_key)
        self._ranges: dict[int, list[tuple[int | None, int, int]]] = {}
        for span_key, list_key, first, length in connection.execute(_RANGES).fetchall():
            self._ranges.setdefault(span_key, []).append((list_key, first, length))
        bodies = connection.execute(_BODIES).fetchall() if self._ranges else []
        self._bodies = {key: Body(*facts) for key, *facts in bodies}
        self._previous: dict[int, int] = {}
        self._names: dict[str, str] = dict(connection.execute(_CALL_NAMES).fetchall())
        self._tools: dict[int, dict[int, Tool]] = {}
        for span_key, tool_key, name, characters in connection.execute(_TOOLS).fetchall():
            self._tools.setdefault(span_key, {})[tool_key] = Tool(name, characters)

    def changes(self, span_key: int, previous_key: int | None) -> Iterator[WindowChange]:
        """What a call was given against the one before."""
        before = [] if previous_key is None else self._messages(previous_key)
        yield from window_changes(before, self._messages(span_key), self._bodies)
        if previous_key is not None:
            tools = tool_changes(self._tools_of(previous_key), self._tools_of(span_key))
            if tools is not None:
                yield tools

    def cleared_early(self, span_key: int, previous_key: int | None) -> Iterator[str]:
        """Tools whose results were given to the call before, to none before that, and are not given to this one."""
        if previous_key is None:
            return
        self._previous[span_key] = previous_key
        first_key = self._previous.get(previous_key)
        gone = cleared_results(self._messages(previous_key), self._messages(span_key), self._bodies)
        if first_key is None or not gone:
            return
        earlier = set(self._messages(first_key))
        for key in gone:
            if key not in earlier:
                yield self._names.get(self._bodies[key].tool_call_id or "", "a tool")

    def _tools_of(self, span_key: int) -> Mapping[int, Tool]:
        return self._tools.get(span_key, {})

    def _messages(self, span_key: int) -> list[int]:
        keys: list[int] = []
        for list_key, first, length in self._ranges.get(span_key, ()):
            after = first + length
            keys += range(first, after) if list_key is None else self._lists[list_key][first:after]
        return keys


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
