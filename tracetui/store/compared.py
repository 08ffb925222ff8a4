"""Runs and their tool calls as they are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from tracetui import sql
from tracetui.analysis.diff.compared import ComparedRun, plain_name
from tracetui.analysis.diff.normal import facets, fingerprint, normal_form
from tracetui.analysis.diff.side_effects import Deed
from tracetui.analysis.diff.volatile import Volatile
from tracetui.errors import UsageError
from tracetui.model import SpanKind, Status
from tracetui.store import reads

SAME: Mapping[str, str] = {
    "session": "r.session_id = t.session_id",
    "tag": "list_has_any(r.tags, t.tags)",
    "name": "r.name = t.name",
    "input": """(SELECT input FROM store.payloads WHERE span_key = r.root_key)
        = (SELECT input FROM store.payloads WHERE span_key = t.root_key)""",
}
"""What runs may share, as conditions on the runs t and r."""

_KINDS = {kind.value: kind for kind in SpanKind}
_CALLS = frozenset((SpanKind.LLM, SpanKind.AGENT, SpanKind.CHAIN, SpanKind.PROMPT, SpanKind.UNKNOWN))


def compared_run(
    connection: duckdb.DuckDBPyConnection, run_id: str, rule: Volatile, keys: Mapping[int, str]
) -> ComparedRun:
    """The run in columns; `keys` replace name and input of the spans at their positions."""
    cursor = connection.execute(sql.text("read/compared_run"), {"run_key": reads.run_key(connection, run_id)})
    rows = cursor.fetchall()
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * 16
    kinds = [_KINDS.get(word, SpanKind.UNKNOWN) for word in columns[3]]
    operations = [
        tool or plain_name(kind, name or "", model)
        for kind, name, tool, model in zip(kinds, columns[4], columns[5], columns[6], strict=True)
    ]
    given = [_print(text, rule) for text in columns[8]]
    arguments = [
        () if kind in _CALLS or text is None else facets(operation, text, rule)
        for kind, operation, text in zip(kinds, operations, columns[8], strict=True)
    ]
    for position, key in keys.items():
        operations[position], given[position] = key, fingerprint(key)
        arguments[position] = () if kinds[position] in _CALLS else (given[position],)
    return ComparedRun(
        run_id=run_id, depth=columns[0], end=columns[1], step=columns[2], kind=kinds, operation=operations,
        status=[Status(word) for word in columns[7]], given=given, facets=arguments,
        settings=[fingerprint(text) if text else 0 for text in columns[10]],
        decided=[_decision(names, asked, rule) for names, asked in zip(columns[11], columns[12], strict=True)],
        returned=[_print(text, rule) for text in columns[9]], duration_ns=columns[13], tokens=columns[14],
        cost_microusd=columns[15], model=columns[6],
    )  # fmt: skip


def deeds(connection: duckdb.DuckDBPyConnection, run_id: str, rule: Volatile) -> list[Deed]:
    """Tool calls of a run in order, with their arguments in normal form."""
    key = reads.run_key(connection, run_id)
    rows = connection.execute(sql.text("read/deeds"), {"run_key": key}).fetchall()
    return [
        Deed(name, normal_form(arguments or "", rule), Status(status), step)
        for name, arguments, status, step in rows
    ]


def previous_step(
    connection: duckdb.DuckDBPyConnection, run_id: str, position: int
) -> tuple[str, int] | None:
    """Run and position of the step before that is of the same kind; None for the first."""
    key = reads.run_key(connection, run_id)
    row = connection.execute(
        sql.text("read/previous_step"), {"run_key": key, "position": position}
    ).fetchone()
    return None if row is None else (str(row[0]), int(row[1]))


def good_runs(connection: duckdb.DuckDBPyConnection, run_id: str, same: str) -> list[str]:
    """Ids of other runs that did not fail and share something of SAME, the latest first; raises UsageError for
    anything else."""
    if same not in SAME:
        raise UsageError(f"runs are not chosen by {same}", f"They are by {', '.join(SAME)}.")
    query = sql.text("read/good_runs").replace("/*condition*/", SAME[same])
    rows = connection.execute(query, {"run_key": reads.run_key(connection, run_id)}).fetchall()
    return [str(run) for (run,) in rows]


def cache_saving(connection: duckdb.DuckDBPyConnection, run_id: str, position: int) -> Decimal | None:
    """Dollars that a token of the call at this position costs less from the cache; None without such prices."""
    key = reads.run_key(connection, run_id)
    row = connection.execute(sql.text("read/cache_saving"), {"run_key": key, "position": position}).fetchone()
    return None if row is None else row[0]


def _print(text: str | None, rule: Volatile) -> int:
    return 0 if text is None else fingerprint(normal_form(text, rule))


def _decision(names: Sequence[str | None] | None, arguments: Sequence[str] | None, rule: Volatile) -> int:
    if not names or arguments is None:
        return 0
    return fingerprint(*(text or "" for text in names), *(normal_form(text, rule) for text in arguments))
