"""The plain format as JSON lines: one span a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from benchmarks.shape import Seed


def lines(seeds: Iterable[Seed]) -> Iterator[str]:
    """The file's lines, with their newline."""
    return map(line, seeds)


def line(seed: Seed) -> str:
    """One span."""
    parent = f'"parent_id":"{seed.parent_id}",' if seed.parent_id else ""
    error = (
        f'"status":"error","error_type":"{seed.error}",'
        f'"error_message":"{seed.error}: upstream did not answer in 9 s",'
        if seed.error
        else '"status":"ok",'
    )
    return (
        f'{{"tracetui":1,"trace_id":"{seed.trace_id}","span_id":"{seed.span_id}",{parent}'
        f'"name":"{seed.name}","kind":"{seed.kind}",{error}"start":"{iso(seed.start_ns)}",'
        f'"end":"{iso(seed.end_ns)}","session_id":"thread-{seed.session}","user_id":"user-{seed.user}",'
        f'"environment":"production","version":"2.4.1",{_call(seed)}'
        f'"attributes":{{"turn":{seed.call},"thread.name":"worker-{seed.call % 8}"}},'
        f'"input":"{seed.given}","output":"{seed.answer}"}}\n'
    )


def _call(seed: Seed) -> str:
    if seed.kind == "LLM":
        return (
            f'"model":"{seed.model}","provider":"{seed.provider}","usage":{{"input_tokens":{seed.input_tokens},'
            f'"output_tokens":{seed.output_tokens},"cache_read_tokens":{seed.cached_tokens}}},'
        )
    if seed.kind == "TOOL":
        return f'"tool_name":"{seed.tool}","tool_call_id":"call_{seed.span_id}",'
    return '"agent":"travel-agent",' if seed.kind == "AGENT" else ""


def iso(ns: int) -> str:
    """ISO 8601 in UTC with nanoseconds."""
    seconds, fraction = divmod(ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"
