"""Runs and their tool calls as they are compared."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from itertools import chain
from typing import Any, TypeAlias

import duckdb

from tracetui import sql
from tracetui.analysis.diff.compared import ComparedRun, plain_name
from tracetui.analysis.diff.normal import Forms, fingerprint
from tracetui.analysis.diff.only_reading import only_reads
from tracetui.analysis.diff.row_texts import Seen, StepText
from tracetui.analysis.diff.settings import Settings, SettingsText
from tracetui.analysis.diff.side_effects import Deed, is_note
from tracetui.analysis.diff.volatile import NOTHING, Volatile
from tracetui.errors import UsageError
from tracetui.model import SpanKind, Status, ToolDefinition
from tracetui.store import reads

_TRY = r"(?i)\b(trial|attempt|epoch|repeat|rollout|repetition|try|run)[ _#:=-]*\d+"
"""What in the name of a run only counts the tries of one task."""
_TASK_KEYS = ("task_id", "task.id", "taskId", "instance_id", "sample_id")
"""Facts about a run that name its task."""


def _name_of(run: str) -> str:
    return f"regexp_replace({run}.name, '{_TRY}', '\\1', 'g')"


def _task_of(run: str) -> str:
    facts = (f"try_cast({run}.metadata AS JSON)", "try_cast(l.attributes AS JSON)")
    told = (f"json_extract_string({each}, '$.\"{key}\"')" for key in _TASK_KEYS for each in facts)
    return f"(SELECT coalesce({', '.join(told)}) FROM store.payloads AS l WHERE l.span_key = {run}.root_key)"  # noqa: S608  # of constants


SAME: Mapping[str, str] = {
    "session": "r.session_id = t.session_id",
    "tag": "list_has_any(r.tags, t.tags)",
    "name": f"{_name_of('r')} = {_name_of('t')}",
    "task": f"{_task_of('r')} = {_task_of('t')}",
    "input": """(SELECT input FROM store.payloads WHERE span_key = r.root_key)
        = (SELECT input FROM store.payloads WHERE span_key = t.root_key)""",
}
"""What runs may share, as conditions on the runs t and r."""

_BATCH_ROWS = 1_000
_MOST_PROMPTS = 400
"""Spans of which the messages of a prompt are told one by one."""
_SEEN_CHARACTERS = 2_000
_SETTINGS = ("system_messages", "tools", "parameters", "asked_model")
_Told: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], str | None, str | None]
_OF_ALL = frozenset(("run_id", "left_out"))
"""What is told of a run as a whole."""
_AS_READ = ("depth", "step", "duration_ns", "tokens", "cost_usd", "model")
"""Columns that are what the query gives."""
_KINDS = {kind.value: kind for kind in SpanKind}
_STATUSES = {status.value: status for status in Status}
_CALLS = frozenset((SpanKind.LLM, SpanKind.AGENT, SpanKind.CHAIN, SpanKind.PROMPT, SpanKind.UNKNOWN))


def compared_run(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    rule: Volatile,
    keys: Mapping[int, str],
    told: Callable[[int], None] | None = None,
) -> ComparedRun:
    """The run in columns; `keys` replace name and input of the spans at their positions.

    `told` is given the number of spans read so far, time and again; whatever it raises ends the reading.
    """
    run_key = reads.run_key(connection, run_id)
    tell = told or (lambda _: None)
    tell(0)
    forms = Forms(rule)
    reading = _Reading(forms, *_said(connection, run_key, forms, tell), _offered(connection, run_key), keys)
    connection.execute(sql.text("read/compared_run"), {"run_key": run_key})
    names = [str(column[0]) for column in connection.description or ()]
    while rows := connection.fetchmany(_BATCH_ROWS):
        reading.take(dict(zip(names, zip(*rows, strict=True), strict=True)))
        tell(reading.count)
    return reading.run(run_id)


class _Reading:
    """Turns rows of spans into the columns of a run."""

    def __init__(
        self,
        forms: Forms,
        said: Mapping[int, str],
        asides: Container[int],
        offered: Mapping[int, str],
        keys: Mapping[int, str],
    ) -> None:
        self._forms, self._said, self._offered, self._keys = forms, said, offered, keys
        self._numbers = {key: int(text) * (key not in asides) for key, text in said.items()}
        self._columns: dict[str, list[Any]] = {
            each.name: [] for each in fields(ComparedRun) if each.name not in _OF_ALL
        }
        self._told: dict[_Told, Settings] = {}
        self.count = 0
        """How many spans were taken."""

    def take(self, rows: Mapping[str, Sequence[Any]]) -> None:
        """Add spans in the order of the run: the columns of read/compared_run.sql."""
        models, tools, names = rows["model"], rows["tool_name"], rows["name"]
        kinds = [_KINDS.get(word, SpanKind.UNKNOWN) for word in rows["kind"]]
        operations = [
            tool if tool and kind is not SpanKind.LLM else plain_name(kind, name or "", model)
            for kind, name, tool, model in zip(kinds, names, tools, models, strict=True)
        ]
        given, facets = self._given(kinds, operations, rows["given_messages"], rows["given"])
        found: dict[str, Sequence[Any]] = {
            **{name: rows[name] for name in _AS_READ},
            "end": rows["subtree_end"],
            "kind": kinds,
            "operation": operations,
            "status": [_STATUSES[word] for word in rows["status"]],
            "given": given,
            "facets": facets,
            "settings": [
                self._settings(*told) for told in zip(*(rows[name] for name in _SETTINGS), strict=True)
            ],
            "decided": self._each(self._decision, rows["asked_names"], rows["asked"]),
            "returned": self._each(self._whole, rows["returned_messages"], rows["returned"]),
            "state": [fingerprint(text) if text else 0 for text in rows["state"]],
            "called": [tool or name or "" for tool, name in zip(tools, names, strict=True)],
            "only_reads": [
                kind is SpanKind.TOOL and only_reads(operation, text or "")
                for kind, operation, text in zip(kinds, operations, rows["given"], strict=True)
            ],
            "seen": self._each(self._seen, rows["given_messages"], rows["seen"], given),
        }
        for name, more in found.items():
            self._columns[name].extend(more)
        self.count += len(kinds)

    def run(self, run_id: str) -> ComparedRun:
        """All that was taken."""
        return ComparedRun(run_id, **self._columns, left_out=self._forms.left_out)

    @staticmethod
    def _each(number: Callable[..., int], *columns: Sequence[Any]) -> list[int]:
        return [number(*values) for values in zip(*columns, strict=True)]

    def _seen(self, messages: Sequence[int] | None, seen: Sequence[int] | None, given: int) -> int:
        """What the model did not say itself; a prompt that is a text is taken as a whole."""
        return sum(self._numbers[key] for key in seen or ()) if messages else given

    def _given(
        self, kinds: Sequence[SpanKind], operations: list[str], messages: Sequence[Any], texts: Sequence[Any]
    ) -> tuple[list[int], list[tuple[int, ...]]]:
        """What went into each span, as a whole and by single arguments; its own key takes the place of both and of
        the operation."""
        given, arguments = [], []
        for at, (kind, keys, text) in enumerate(zip(kinds, messages, texts, strict=True)):
            own = self._keys.get(self.count + at) if self._keys else None
            if own is not None:
                whole, operations[at] = fingerprint(own), own
                single: tuple[int, ...] = (whole,)
            elif text is None or kind in _CALLS:
                whole, single = self._whole(keys, text), ()
            else:
                tool = operations[at] if kind is SpanKind.TOOL else ""
                whole, single = self._forms.arguments(operations[at], text, tool)
                whole = self._whole(keys, None) if keys else whole
            given.append(whole)
            arguments.append(() if kind in _CALLS else single)
        return given, arguments

    def _whole(self, keys: Sequence[int] | None, text: str | None) -> int:
        """Messages where there are such, else the text."""
        if keys:
            return fingerprint(*[self._said[key] for key in keys])
        return 0 if text is None else self._forms.fingerprint(text)

    def _settings(
        self,
        keys: Sequence[int] | None,
        tools: Sequence[int] | None,
        parameters: str | None,
        model: str | None,
    ) -> Settings:
        told = tuple(keys or ()), tuple(tools or ()), parameters, model
        found = self._told.get(told)
        if found is None:
            words = [self._said[key] for key in told[0]]
            found = self._told[told] = Settings(
                fingerprint(*words) if words else 0,
                fingerprint(*(self._offered[key] for key in told[1])) if told[1] else 0,
                fingerprint(model) if model else 0,
                frozenset(self._forms.entries(parameters or "")),
            )
        return found

    def _decision(self, names: Sequence[str | None] | None, arguments: Sequence[str] | None) -> int:
        if not names or arguments is None:
            return 0
        asked = (
            (name or "", self._forms.form(text, name or ""))
            for name, text in zip(names, arguments, strict=True)
        )
        return fingerprint(*chain.from_iterable(sorted(asked)))


def _said(
    connection: duckdb.DuckDBPyConnection, run_key: int, forms: Forms, told: Callable[[int], None]
) -> tuple[dict[int, str], set[int]]:
    """What each message of the run says, as a fingerprint; and which are answers to notes of the model to itself."""
    connection.execute(sql.text("read/compared_messages"), {"run_key": run_key})
    said: dict[int, str] = {}
    asides: set[int] = set()
    while rows := connection.fetchmany(_BATCH_ROWS):
        said |= {key: _message_print(role, name, parts or (), forms) for key, role, name, parts in rows}
        asides |= {key for key, _, _, parts in rows if _is_aside(parts or ())}
        told(0)
    return said, asides


def _offered(connection: duckdb.DuckDBPyConnection, run_key: int) -> dict[int, str]:
    """What each tool that the run was offered says of itself, as a fingerprint; schemas as JSON values."""
    forms = Forms(NOTHING)
    rows = connection.execute(sql.text("read/compared_tools"), {"run_key": run_key}).fetchall()
    return {
        key: str(fingerprint(name or "", description, forms.form(schema)))
        for key, name, description, schema in rows
    }


def _is_aside(parts: Sequence[Mapping[str, str]]) -> bool:
    return bool(parts) and all(is_note(part["tool"] or "") for part in parts)


def _message_print(role: str, name: str | None, parts: Sequence[Mapping[str, str]], forms: Forms) -> str:
    words = [role, name or ""]
    for part in parts:
        words += [part["type"], part["tool"] or "", forms.form(part["text"])]
    return str(fingerprint(*words))


def deeds(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    rule: Volatile,
    wanted: Callable[[str, str], bool] | None,
) -> list[Deed]:
    """Tool calls of a run in order, with their arguments in normal form; with `wanted` those that it wants by the name
    of the tool and the arguments."""
    key = reads.run_key(connection, run_id)
    forms = Forms(rule)
    rows = connection.execute(sql.text("read/deeds"), {"run_key": key}).fetchall()
    return [
        Deed(name, forms.form(arguments or "", name), _STATUSES[status], step)
        for name, arguments, status, step in rows
        if wanted is None or wanted(name, arguments or "")
    ]


def step_texts(
    connection: duckdb.DuckDBPyConnection, run_id: str, positions: Sequence[int], rule: Volatile
) -> dict[int, StepText]:
    """What the spans at these positions of a run were given and gave back."""
    if not positions:
        return {}
    asked = {"run_key": reads.run_key(connection, run_id), "positions": list(positions)}
    rows = connection.execute(sql.text("read/step_texts"), asked).fetchall()
    seen = _seen_messages(connection, {**asked, "positions": list(positions)[:_MOST_PROMPTS]}, rule)
    return {position: StepText(given, returned, seen.get(position, ())) for position, given, returned in rows}


def _seen_messages(
    connection: duckdb.DuckDBPyConnection, asked: Mapping[str, Any], rule: Volatile
) -> dict[int, tuple[Seen, ...]]:
    keys = dict(connection.execute(sql.text("read/seen_messages"), asked).fetchall())
    wanted = {
        "keys": sorted({key for each in keys.values() for key in each}),
        "characters": _SEEN_CHARACTERS + 1,
    }
    rows = connection.execute(sql.text("read/message_texts"), wanted).fetchall()
    forms = Forms(rule)
    said = {
        key: Seen(int(_message_print(role, name, parts or (), forms)), role, _cut(text or ""))
        for key, role, name, parts, text in rows
        if not _is_aside(parts or ())
    }
    return {position: tuple(said[key] for key in each if key in said) for position, each in keys.items()}


def told_settings(
    connection: duckdb.DuckDBPyConnection, run_id: str, positions: Sequence[int]
) -> dict[int, SettingsText]:
    """What model calls at these positions of a run were told beside messages."""
    if not positions:
        return {}
    asked = {"run_key": reads.run_key(connection, run_id), "positions": list(positions)}
    rows = connection.execute(sql.text("read/told_settings"), asked).fetchall()
    return {
        position: SettingsText(
            system, tuple(ToolDefinition(**tool) for tool in tools or ()), model, parameters
        )
        for position, system, tools, model, parameters in rows
    }


def _cut(text: str) -> str:
    return text if len(text) <= _SEEN_CHARACTERS else f"{text[:_SEEN_CHARACTERS]}…"


def lost_messages(connection: duckdb.DuckDBPyConnection, run_id: str, position: int) -> bool:
    """Whether anything was cut, compacted or cleared from the context at a position of a run or before."""
    row = connection.execute(
        "SELECT 1 FROM context_changes WHERE run_id = ? AND position <= ?"
        " AND change IN ('truncated', 'compacted', 'cleared') LIMIT 1",
        [run_id, position],
    ).fetchone()
    return row is not None


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
