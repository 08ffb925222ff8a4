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
    run_key = reads.run_key(connection, run_id)
    said = _said(connection, run_key, rule)
    rows = connection.execute(sql.text("read/compared_run"), {"run_key": run_key}).fetchall()
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * 19
    depth, end, step, kind_words, names, tools, models, statuses = columns[:8]
    given_keys, inputs, returned_keys, outputs, system_keys, told = columns[8:14]
    asked_names, asked, durations, tokens, costs, states = columns[14:]
    kinds = [_KINDS.get(word, SpanKind.UNKNOWN) for word in kind_words]
    operations = [
        tool or plain_name(kind, name or "", model)
        for kind, name, tool, model in zip(kinds, names, tools, models, strict=True)
    ]
    given = [_whole(keys, text, said, rule) for keys, text in zip(given_keys, inputs, strict=True)]
    arguments = [
        () if kind in _CALLS or text is None else facets(operation, text, rule)
        for kind, operation, text in zip(kinds, operations, inputs, strict=True)
    ]
    for position, key in keys.items():
        operations[position], given[position] = key, fingerprint(key)
        arguments[position] = () if kinds[position] in _CALLS else (given[position],)
    return ComparedRun(
        run_id=run_id, depth=depth, end=end, step=step, kind=kinds, operation=operations,
        status=[Status(word) for word in statuses], given=given, facets=arguments,
        settings=[_settings(keys, text, said) for keys, text in zip(system_keys, told, strict=True)],
        decided=[_decision(names, asked_for, rule) for names, asked_for in zip(asked_names, asked, strict=True)],
        returned=[_whole(keys, text, said, rule) for keys, text in zip(returned_keys, outputs, strict=True)],
        duration_ns=durations, tokens=tokens, cost_microusd=costs, model=models,
        state=[fingerprint(text) if text else 0 for text in states],
        called=[tool or name or "" for tool, name in zip(tools, names, strict=True)],
    )  # fmt: skip


def _said(connection: duckdb.DuckDBPyConnection, run_key: int, rule: Volatile) -> dict[int, str]:
    """What each message of the run says, as a fingerprint."""
    rows = connection.execute(sql.text("read/compared_messages"), {"run_key": run_key}).fetchall()
    return {key: _message_print(role, name, parts or (), rule) for key, role, name, parts in rows}


def _message_print(role: str, name: str | None, parts: Sequence[Mapping[str, str]], rule: Volatile) -> str:
    words = [role, name or ""]
    for part in parts:
        words += [part["type"], part["tool"] or "", normal_form(part["text"], rule)]
    return str(fingerprint(*words))


def _whole(keys: Sequence[int] | None, text: str | None, said: Mapping[int, str], rule: Volatile) -> int:
    """Messages where there are such, else the text."""
    if keys:
        return fingerprint(*(said[key] for key in keys))
    return 0 if text is None else fingerprint(normal_form(text, rule))


def _settings(keys: Sequence[int] | None, text: str | None, said: Mapping[int, str]) -> int:
    words = [said[key] for key in keys or ()]
    return fingerprint(*words, text or "") if words or text else 0


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


def _decision(names: Sequence[str | None] | None, arguments: Sequence[str] | None, rule: Volatile) -> int:
    if not names or arguments is None:
        return 0
    return fingerprint(*(text or "" for text in names), *(normal_form(text, rule) for text in arguments))
