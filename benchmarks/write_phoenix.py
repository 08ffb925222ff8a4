"""Phoenix-style Parquet, as `get_spans_dataframe().to_parquet()` writes it: dotted columns, numbers as DOUBLE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.shape import Seed

ROW_GROUP = 20_000
_TIME = pa.timestamp("ns", tz="UTC")
_EVENTS = pa.list_(
    pa.struct(
        [
            ("name", pa.string()),
            ("timestamp", pa.string()),
            ("attributes", pa.struct([("exception.type", pa.string()), ("exception.message", pa.string())])),
        ]
    )
)
_FIELDS: list[pa.Field[Any]] = [
    pa.field("name", pa.string()),
    pa.field("span_kind", pa.string()),
    pa.field("parent_id", pa.string()),
    pa.field("start_time", _TIME),
    pa.field("end_time", _TIME),
    pa.field("status_code", pa.string()),
    pa.field("status_message", pa.string()),
    pa.field("events", _EVENTS),
    pa.field("context.span_id", pa.string()),
    pa.field("context.trace_id", pa.string()),
    pa.field("attributes.openinference.span.kind", pa.string()),
    pa.field("attributes.session.id", pa.string()),
    pa.field("attributes.user.id", pa.string()),
    pa.field("attributes.llm.model_name", pa.string()),
    pa.field("attributes.llm.provider", pa.string()),
    pa.field("attributes.llm.token_count.prompt", pa.float64()),
    pa.field("attributes.llm.token_count.completion", pa.float64()),
    pa.field("attributes.llm.token_count.prompt_details.cache_read", pa.float64()),
    pa.field("attributes.tool.name", pa.string()),
    pa.field("attributes.agent.name", pa.string()),
    pa.field("attributes.input.value", pa.string()),
    pa.field("attributes.output.value", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)


def write(path: Path, seeds: Iterable[Seed]) -> None:
    """Write all spans, a row group at a time."""
    with pq.ParquetWriter(path, SCHEMA) as writer:
        batch: list[Seed] = []
        for seed in seeds:
            batch.append(seed)
            if len(batch) == ROW_GROUP:
                writer.write_batch(_batch(batch))
                batch = []
        if batch:
            writer.write_batch(_batch(batch))


def _batch(seeds: Sequence[Seed]) -> pa.RecordBatch:
    columns = zip(*map(_row, seeds), strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _row(seed: Seed) -> tuple[Any, ...]:
    is_call, is_tool = seed.kind == "LLM", seed.kind == "TOOL"
    message = f"{seed.error}: upstream did not answer in 9 s" if seed.error else ""
    return (
        seed.name,
        seed.kind,
        seed.parent_id,
        seed.start_ns,
        seed.end_ns,
        "ERROR" if seed.error else "OK",
        message,
        _events(seed),
        seed.span_id,
        seed.trace_id,
        seed.kind,
        f"thread-{seed.session}",
        f"user-{seed.user}",
        seed.model if is_call else None,
        seed.provider if is_call else None,
        float(seed.input_tokens) if is_call else None,
        float(seed.output_tokens) if is_call else None,
        float(seed.cached_tokens) if is_call else None,
        seed.tool if is_tool else None,
        "travel-agent" if seed.kind == "AGENT" else None,
        orjson.loads(f'"{seed.given}"'),
        orjson.loads(f'"{seed.answer}"'),
    )


def _events(seed: Seed) -> list[dict[str, Any]]:
    if not seed.error:
        return []
    attributes = {"exception.type": seed.error, "exception.message": "upstream did not answer in 9 s"}
    return [{"name": "exception", "timestamp": "2026-03-12T09:00:00Z", "attributes": attributes}]
