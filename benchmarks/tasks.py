"""What is measured: each task runs in a process of its own and prints one JSON object with its figures.

`python -m benchmarks.tasks NAME ARGUMENTS…`; `wall_s` and `cpu_s` leave out the start of the interpreter and imports.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
Work = Callable[[], Figures]


def _timed(work: Work) -> Figures:
    began, used = time.perf_counter(), _cpu_s()
    figures = work()
    return {"wall_s": time.perf_counter() - began, "cpu_s": _cpu_s() - used, **figures}


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def read_bytes(path: str) -> Figures:
    """Read the file in pieces of 4 MB."""
    buffer = bytearray(4 << 20)

    def work() -> Figures:
        size = 0
        with open(path, "rb", buffering=0) as file:
            while count := file.readinto(buffer):
                size += count
        return {"bytes": size}

    return _timed(work)


def orjson_lines(path: str) -> Figures:
    """Decode every line and forget it."""
    import orjson

    def work() -> Figures:
        lines = 0
        with open(path, "rb") as file:
            for line in file:
                orjson.loads(line)
                lines += 1
        return {"lines": lines}

    return _timed(work)


def duckdb_count(path: str) -> Figures:
    """DuckDB's own count of the JSON values in the file."""
    import duckdb

    connection = duckdb.connect()
    query = "SELECT count(*) FROM read_ndjson_objects(?, maximum_object_size = 134217728)"
    return _timed(lambda: {"lines": connection.execute(query, [path]).fetchall()[0][0]})


_HAND_WRITTEN = {
    "plain": "CREATE TABLE spans AS FROM read_json_auto(?, format = 'newline_delimited')",
    "otlp": """
        CREATE TABLE spans AS
        WITH lines AS (
            SELECT unnest(resourceSpans) AS r FROM read_json(?, format = 'newline_delimited',
                maximum_object_size = 134217728, columns = {resourceSpans: 'STRUCT(resource STRUCT(attributes
                STRUCT("key" VARCHAR, "value" STRUCT(stringValue VARCHAR, intValue VARCHAR))[]), scopeSpans STRUCT(
                scope STRUCT(name VARCHAR, version VARCHAR), spans STRUCT(traceId VARCHAR, spanId VARCHAR,
                parentSpanId VARCHAR, name VARCHAR, kind INTEGER, startTimeUnixNano BIGINT, endTimeUnixNano BIGINT,
                attributes STRUCT("key" VARCHAR, "value" STRUCT(stringValue VARCHAR, intValue VARCHAR,
                doubleValue DOUBLE, boolValue BOOLEAN, arrayValue JSON))[], events STRUCT(timeUnixNano BIGINT,
                name VARCHAR, attributes STRUCT("key" VARCHAR, "value" STRUCT(stringValue VARCHAR))[])[],
                status STRUCT(code INTEGER, message VARCHAR))[])[])[]'})),
        scopes AS (SELECT r.resource AS resource, unnest(r.scopeSpans) AS s FROM lines),
        raw AS (SELECT resource, s.scope AS scope, unnest(s.spans) AS span FROM scopes),
        mapped AS (
            SELECT span, scope,
                map_from_entries(list_transform(resource.attributes, lambda a: struct_pack(k := a.key,
                    v := coalesce(a.value.stringValue, a.value.intValue)))) AS resource,
                map_from_entries(list_transform(span.attributes, lambda a: struct_pack(k := a.key,
                    v := coalesce(a.value.stringValue, a.value.intValue, a.value.doubleValue::VARCHAR,
                        a.value.boolValue::VARCHAR, a.value.arrayValue::VARCHAR)))) AS attributes,
                list_filter(span.events, lambda e: e.name = 'exception') AS exceptions
            FROM raw)
        SELECT span.traceId AS trace_id, span.spanId AS span_id, span.parentSpanId AS parent_id, span.name AS name,
            span.kind AS otel_kind, span.startTimeUnixNano AS start_ns, span.endTimeUnixNano AS end_ns,
            span.status.code AS status, span.status.message AS error_message,
            map_from_entries(list_transform(exceptions[-1].attributes, lambda a: struct_pack(
                k := a.key, v := a.value.stringValue)))['exception.type'] AS error_type,
            coalesce(attributes['openinference.span.kind'], attributes['gen_ai.operation.name']) AS kind,
            coalesce(attributes['gen_ai.response.model'], attributes['llm.model_name'],
                attributes['gen_ai.request.model']) AS model, attributes['gen_ai.request.model'] AS requested_model,
            coalesce(attributes['gen_ai.provider.name'], attributes['llm.provider']) AS provider,
            coalesce(attributes['gen_ai.agent.name'], attributes['agent.name']) AS agent,
            coalesce(attributes['gen_ai.tool.name'], attributes['tool.name']) AS tool_name,
            attributes['gen_ai.tool.call.id'] AS tool_call_id,
            coalesce(attributes['gen_ai.conversation.id'], attributes['session.id']) AS session_id,
            attributes['user.id'] AS user_id, resource['deployment.environment.name'] AS environment,
            resource['service.version'] AS version,
            coalesce(attributes['gen_ai.usage.input_tokens'], attributes['llm.token_count.prompt'])::BIGINT
                AS input_tokens,
            coalesce(attributes['gen_ai.usage.output_tokens'], attributes['llm.token_count.completion'])::BIGINT
                AS output_tokens,
            attributes['llm.token_count.total']::BIGINT AS total_tokens,
            attributes['gen_ai.usage.cache_read.input_tokens']::BIGINT AS cache_read_tokens, scope.name AS scope,
            attributes
        FROM mapped""",
}


def duckdb_sql(path: str, format_name: str, folder: str) -> Figures:
    """What an analyst writes by hand for the same columns, into a database file."""
    import duckdb

    def work() -> Figures:
        database = Path(folder) / "hand.duckdb"
        connection = duckdb.connect(str(database))
        connection.execute("SET preserve_insertion_order = false").fetchall()
        connection.execute(_HAND_WRITTEN[format_name], [path]).fetchall()
        connection.close()
        return {"database_bytes": database.stat().st_size}

    return _timed(work)


def index(path: str, format_name: str, folder: str) -> Figures:
    """tracetui: the spans alone, as a database that can be opened again."""
    from tracetui.store import connection as connections
    from tracetui.store.index import IndexJob, index_source

    container = _container(path)

    def work() -> Figures:
        database = Path(folder) / "index.duckdb"
        connection = connections.create(database)
        job = IndexJob(path, format_name, container, 1, 0, 1)
        outcome = index_source(connection, job, lambda _done, _rows: None)
        connection.execute("CHECKPOINT").fetchall()
        connection.close()
        return {
            "spans": outcome.spans, "rest": len(outcome.rest), "records": outcome.records,
            "database_bytes": database.stat().st_size}  # fmt: skip

    return _timed(work)


def runs(path: str, format_name: str, folder: str) -> Figures:
    """tracetui: from the file to a published database with its list of runs, as the import worker does it."""
    from tracetui import formats
    from tracetui.store.build import Build

    container = _container(path)
    form = next(form for form in formats.known_formats() if form.name == format_name)

    def work() -> Figures:
        build = Build(Path(folder) / "runs.duckdb")
        facts = build.new_source(path, Path(path), container, Path(path).stat().st_size)
        facts.format = format_name
        outcome = build.index(facts, lambda _done, _rows: None, global_ids=form.global_ids)
        build.end_source(facts)
        published = build.publish_index()
        figures = {"spans": facts.records, "rest": -1 if outcome is None else len(outcome.rest),
                   "database_bytes": published.stat().st_size, "database": str(published)}  # fmt: skip
        build.close()
        return figures

    return _timed(work)


def listing(path: str, format_name: str, _folder: str) -> Figures:
    """tracetui: from a file to its first runs, before anything is loaded; none of small files."""
    import duckdb  # noqa: F401 - loaded here so that it is not measured

    from tracetui.store.listing import list_runs

    facts = (path, format_name, _container(path), path)
    return _timed(lambda: {"listed": len(list_runs(*facts, lambda _done, _rows: None, trusted=False))})


def _container(path: str) -> str:
    return "parquet" if path.endswith(".parquet") else "jsonl"


TASKS: Mapping[str, Callable[..., Figures]] = {
    task.__name__: task for task in (read_bytes, orjson_lines, duckdb_count, duckdb_sql, index, runs, listing)
}


if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
