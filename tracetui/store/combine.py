"""Two finished databases made into one: the sources that a kept database keeps, and those that were loaded since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from tracetui import sql
from tracetui.store import kept
from tracetui.store.kept import KEPT

NEW = "new"

# A key is made distinct by what the kept database has the most of. Columns that hold the key of a span, by other names:
_OF_SPANS = ("span_key", "run_key", "parent_key", "root_key", "failed_key", "cover_key", "agent_key", "tool_key", "requested_key", "executed_key", "previous_key")  # fmt: skip
_KEYS: dict[str, tuple[str, ...]] = {
    "span_key": _OF_SPANS,
    "source_key": ("source_key",),
    "header_key": ("header_key",),
    "resource_key": ("resource_key",),
    "message_key": ("message_key",),
    "list_key": ("list_key",),
    "tool_key": ("tool_key",),
    "value_key": ("value_key", "before_key", "after_key"),
    "settings_key": ("settings_key",),
}
_HOMES = {
    "span_key": "spans", "source_key": "sources", "header_key": "headers", "resource_key": "resources",
    "message_key": "message_bodies", "list_key": "message_lists", "tool_key": "tool_definitions", "value_key": "state_bodies",
    "settings_key": "call_settings",
}  # fmt: skip

# Which rows of a table stay when sources go, by the column that tells
_STAYS = {
    "source_key": "source_key NOT IN (FROM gone)",
    "run_key": "run_key NOT IN (FROM gone_spans)",
    "span_key": "span_key NOT IN (FROM gone_spans)",
    "header_key": "header_key IN (SELECT header_key FROM store.headers)",
    "resource_key": "resource_key IN (SELECT resource_key FROM store.payloads)",
    "list_key": "list_key IN (SELECT list_key FROM store.message_ranges)",
    "message_key": "message_key IN (SELECT message_key FROM store.span_messages)",
    "tool_key": "tool_key IN (SELECT tool_key FROM store.span_tools)",
    "value_key": "value_key IN (SELECT unnest([before_key, after_key]) FROM store.state_changes)",
    "settings_key": "settings_key IN (SELECT settings_key FROM store.figures)",
    "digest": "name NOT IN (FROM gone_names)",
    "id_scope": "id_scope NOT IN (FROM gone) AND (id_scope, trace_id) NOT IN (FROM gone_traces)",
}
_LATER = (
    "call_settings",
    "resources",
    "message_lists",
    "message_bodies",
    "message_parts",
    "tool_definitions",
    "state_bodies",
    "state_long_bodies",
)

_GONE_NAMES = "CREATE TEMP TABLE gone_names AS SELECT unnest($names::VARCHAR[]) AS name"
_GONE = """
CREATE TEMP TABLE gone AS
    SELECT s.source_key FROM kept.store.sources AS s
    WHERE EXISTS (SELECT 1 FROM gone_names WHERE s.source = name OR starts_with(s.source, name || '!'))
    OR s.container = 'unread' AND s.source IN (SELECT source FROM new.store.sources);
CREATE TEMP TABLE gone_spans AS
    SELECT span_key FROM kept.store.spans WHERE source_key IN (FROM gone);
CREATE TEMP TABLE gone_traces AS
    SELECT DISTINCT id_scope, trace_id FROM kept.store.spans WHERE source_key IN (FROM gone)
        AND trace_id IS NOT NULL;
"""
_SHARED = """
WITH staying AS (SELECT DISTINCT id_scope, trace_id FROM kept.store.spans WHERE source_key NOT IN (FROM gone)),
coming AS (SELECT DISTINCT trace_id FROM new.store.spans UNION SELECT trace_id FROM new.store.trace_facts
    UNION SELECT trace_id FROM new.store.scores),
-- the calls of a conversation are compared with those before them, whatever run these stand in
others AS (SELECT session_id FROM new.store.runs UNION
    SELECT session_id FROM kept.store.runs WHERE source_key IN (FROM gone)),
apart AS (SELECT span_id FROM new.store.issues WHERE code IN ('log_without_span', 'part_without_span')),
waiting AS (SELECT span_id FROM kept.store.issues WHERE code IN ('log_without_span', 'part_without_span'))
SELECT trace_id FROM staying WHERE bare_id(trace_id) IN (SELECT bare_id(trace_id) FROM coming)
UNION ALL SELECT trace_id FROM staying SEMI JOIN gone_traces USING (id_scope, trace_id)
-- a run that another export stands for, or stood for
UNION ALL SELECT trace_id FROM staying WHERE strlen(trace_id) >= 16
    AND bare_id(trace_id) IN (SELECT bare_id(trace_id) FROM gone_traces)
UNION ALL SELECT trace_id FROM kept.store.runs SEMI JOIN others USING (session_id) WHERE source_key NOT IN (FROM gone)
UNION ALL SELECT trace_id FROM kept.store.scores AS s SEMI JOIN coming USING (trace_id) WHERE s.run_key IS NULL
UNION ALL SELECT trace_id FROM kept.store.spans SEMI JOIN apart USING (span_id) WHERE source_key NOT IN (FROM gone)
UNION ALL SELECT trace_id FROM new.store.spans SEMI JOIN waiting USING (span_id)
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """A trace of which parts stand on both sides, so that its runs have to be built anew from all its files."""

    trace_id: str


def combine(kept_path: Path, new_path: Path, output: Path, changed: list[str]) -> Shared | None:
    """Write a database to `output` that holds what both hold, but for the kept files of the names in `changed`.

    Nothing is written where a trace stands on both sides, which is returned.
    """
    connection = kept.open_beside(output, {KEPT: kept_path, NEW: new_path})
    try:
        connection.execute(_GONE_NAMES, {"names": changed})
        connection.execute(_GONE)
        connection.execute(sql.text("derive/bare_id"))
        shared = connection.execute(_SHARED).fetchall()
        if shared:
            return Shared(str(shared[0][0]))
        _copy(connection)
        _finish(connection, NEW)
    finally:
        connection.close()
    return None


def take(kept_path: Path, output: Path) -> None:
    """Write a database to `output` that holds the rows of a kept one, and nothing else of it."""
    connection = kept.open_beside(output, {KEPT: kept_path})
    try:
        for table in kept.tables(connection):
            if table != "meta":
                connection.execute(f"INSERT INTO store.{table} FROM {KEPT}.store.{table}")  # our own names
        _finish(connection, KEPT)
    finally:
        connection.close()


def _copy(connection: duckdb.DuckDBPyConnection) -> None:
    offsets = {key: _highest(connection, key) for key in _KEYS}
    names = [name for name in kept.tables(connection) if name != "meta"]
    for table in sorted(names, key=lambda name: _LATER.index(name) + 1 if name in _LATER else 0):
        columns = connection.table(f"store.{table}").columns
        stays = next((condition for column, condition in _STAYS.items() if column in columns), "true")
        moved = ", ".join(f"{_moved(column, offsets)} AS {column}" for column in columns)
        connection.execute(
            f"INSERT INTO store.{table} FROM {KEPT}.store.{table} WHERE {stays}"
        )  # our own names
        if table != "prices":
            connection.execute(f"INSERT INTO store.{table} SELECT {moved} FROM {NEW}.store.{table}")  # noqa: S608  # our own names


def _highest(connection: duckdb.DuckDBPyConnection, key: str) -> int:
    query = f"SELECT coalesce(max({key}), 0) FROM {KEPT}.store.{_HOMES[key]}"  # noqa: S608  # our own names
    return int(connection.execute(query).fetchall()[0][0])


def _moved(column: str, offsets: dict[str, int]) -> str:
    if column == "id_scope":  # the key of a source, the negative of one, or 0
        return f"(id_scope + sign(id_scope) * {offsets['source_key']})::INTEGER"
    if column == "first":  # of a range without a list it is the key of a message
        return f"CASE WHEN list_key IS NULL THEN first + {offsets['message_key']} ELSE first END"
    for key, columns in _KEYS.items():
        if column in columns:
            return f"{column} + {offsets[key]}"
    return f'"{column}"'


def _finish(connection: duckdb.DuckDBPyConnection, complete: str) -> None:
    connection.execute(f"INSERT INTO store.meta FROM {complete}.store.meta")  # our own name
    connection.execute("CHECKPOINT")
