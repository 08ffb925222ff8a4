"""LangSmith run objects as JSON lines, as the API lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from benchmarks.shape import Seed
from benchmarks.write_flat import iso

_TYPES = {"AGENT": "chain", "CHAIN": "chain", "LLM": "llm", "TOOL": "tool", "RETRIEVER": "retriever"}


def lines(seeds: Iterable[Seed]) -> Iterator[str]:
    """The file's lines, with their newline."""
    return map(line, seeds)


def line(seed: Seed) -> str:
    """One run."""
    trace = str(UUID(seed.trace_id))
    parent = f'"{_uuid(seed, seed.parent_id)}"' if seed.parent_id else "null"
    error = f"\"{seed.error}('upstream did not answer in 9 s')\"" if seed.error else "null"
    return (
        f'{{"id":"{_uuid(seed, seed.span_id)}","trace_id":"{trace}","parent_run_id":{parent},'
        f'"name":"{seed.name}","run_type":"{_TYPES[seed.kind]}","start_time":"{iso(seed.start_ns)[:26]}",'
        f'"end_time":"{iso(seed.end_ns)[:26]}","status":"{"error" if seed.error else "success"}",'
        f'"error":{error},"extra":{{"metadata":{{"thread_id":"thread-{seed.session}"{_metadata(seed)}}}}},'
        f'"inputs":{{"input":"{seed.given}"}},"outputs":{{"output":"{seed.answer}"}}{_usage(seed)},"tags":[]}}\n'
    )


def _uuid(seed: Seed, span_id: str) -> str:
    """A run id made of span and trace id."""
    return str(UUID(span_id + seed.trace_id[:16]))


def _metadata(seed: Seed) -> str:
    if seed.kind != "LLM":
        return ""
    return f',"ls_provider":"{seed.provider}","ls_model_name":"{seed.model}"'


def _usage(seed: Seed) -> str:
    if seed.kind != "LLM":
        return ""
    total = seed.input_tokens + seed.output_tokens
    return f',"prompt_tokens":{seed.input_tokens},"completion_tokens":{seed.output_tokens},"total_tokens":{total}'
