"""OTLP/JSON lines as the Collector's file exporter writes them: 512 spans a line, grouped by scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.shape import Seed

SPANS_PER_LINE = 512
_OPENINFERENCE_EVERY = 3
_RESOURCE = (
    '{"attributes":[{"key":"service.name","value":{"stringValue":"travel"}},'
    '{"key":"service.version","value":{"stringValue":"2.4.1"}},'
    '{"key":"deployment.environment.name","value":{"stringValue":"production"}},'
    '{"key":"telemetry.sdk.name","value":{"stringValue":"opentelemetry"}}]}'
)
_SCOPES = ("opentelemetry.instrumentation.openai_v2", "travel.agent")


def lines(seeds: Iterable[Seed], spans_per_line: int = SPANS_PER_LINE) -> Iterator[str]:
    """The file's lines, with their newline."""
    batch: list[Seed] = []
    for seed in seeds:
        batch.append(seed)
        if len(batch) == spans_per_line:
            yield _line(batch)
            batch = []
    if batch:
        yield _line(batch)


def _line(batch: list[Seed]) -> str:
    calls = ",".join(span(seed) for seed in batch if seed.kind == "LLM")
    others = ",".join(span(seed) for seed in batch if seed.kind != "LLM")
    scopes = ",".join(
        f'{{"scope":{{"name":"{name}","version":"1.2.0"}},"spans":[{spans}]}}'
        for name, spans in zip(_SCOPES, (calls, others), strict=True)
        if spans
    )
    schema = '"schemaUrl":"https://opentelemetry.io/schemas/1.37.0"'
    return f'{{"resourceSpans":[{{"resource":{_RESOURCE},"scopeSpans":[{scopes}],{schema}}}]}}\n'


def span(seed: Seed) -> str:
    """One span object."""
    pairs = _openinference(seed) if seed.session % _OPENINFERENCE_EVERY == 0 else _gen_ai(seed)
    parent = f'"parentSpanId":"{seed.parent_id}",' if seed.parent_id else ""
    if seed.error:
        at = seed.end_ns - 1_000
        failure = (
            f'"events":[{{"timeUnixNano":"{at}","name":"exception","attributes":['
            + _text("exception.type", seed.error)
            + ","
            + _text("exception.message", "upstream did not answer in 9 s")
            + f']}}],"status":{{"message":"{seed.error}: upstream did not answer in 9 s","code":2}}'
        )
    else:
        failure = '"status":{}'
    return (
        f'{{"traceId":"{seed.trace_id}","spanId":"{seed.span_id}",{parent}"flags":257,"name":"{seed.name}",'
        f'"kind":{3 if seed.kind == "LLM" else 1},"startTimeUnixNano":"{seed.start_ns}",'
        f'"endTimeUnixNano":"{seed.end_ns}","attributes":[{",".join(pairs)}],{failure}}}'
    )


def _text(key: str, value: str) -> str:
    return f'{{"key":"{key}","value":{{"stringValue":"{value}"}}}}'


def _integer(key: str, value: int) -> str:
    return f'{{"key":"{key}","value":{{"intValue":"{value}"}}}}'


def _message(role: str, text: str) -> str:
    """A GenAI message list as the JSON text in an attribute; `text` is escaped once already."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        f'[{{\\"role\\":\\"{role}\\",\\"parts\\":[{{\\"type\\":\\"text\\",\\"content\\":\\"{inner}\\"}}]}}]'
    )


def _gen_ai(seed: Seed) -> list[str]:
    session = _text("gen_ai.conversation.id", f"thread-{seed.session}")
    if seed.kind == "LLM":
        pairs = [
            _text("gen_ai.operation.name", "chat"),
            _text("gen_ai.provider.name", seed.provider),
            _text("gen_ai.request.model", seed.model),
            _text("gen_ai.response.model", seed.model),
            _integer("gen_ai.usage.input_tokens", seed.input_tokens),
            _integer("gen_ai.usage.output_tokens", seed.output_tokens),
            session,
            _text("gen_ai.input.messages", _message("user", seed.given)),
            _text("gen_ai.output.messages", _message("assistant", seed.answer)),
        ]
        if seed.cached_tokens:
            pairs.insert(6, _integer("gen_ai.usage.cache_read.input_tokens", seed.cached_tokens))
        return pairs
    if seed.kind == "TOOL":
        return [
            _text("gen_ai.operation.name", "execute_tool"),
            _text("gen_ai.tool.name", seed.tool),
            _text("gen_ai.tool.call.id", f"call_{seed.span_id}"),
            _text("gen_ai.tool.type", "function"),
            _text("gen_ai.tool.call.arguments", seed.given),
            _text("gen_ai.tool.call.result", seed.answer),
        ]
    operation = {"AGENT": "invoke_agent", "CHAIN": "invoke_workflow", "RETRIEVER": "retrieval"}[seed.kind]
    return [
        _text("gen_ai.operation.name", operation),
        *([_text("gen_ai.agent.name", "travel-agent")] if seed.kind == "AGENT" else []),
        session,
        _text("user.id", f"user-{seed.user}"),
        _text("input.value", seed.given),
        _text("output.value", seed.answer),
    ]


def _openinference(seed: Seed) -> list[str]:
    pairs = [
        _text("openinference.span.kind", seed.kind),
        _text("session.id", f"thread-{seed.session}"),
        _text("user.id", f"user-{seed.user}"),
        _text("input.value", seed.given),
        _text("output.value", seed.answer),
    ]
    if seed.kind == "LLM":
        pairs += [
            _text("llm.provider", seed.provider),
            _text("llm.model_name", seed.model),
            _integer("llm.token_count.prompt", seed.input_tokens),
            _integer("llm.token_count.completion", seed.output_tokens),
            _integer("llm.token_count.total", seed.input_tokens + seed.output_tokens),
        ]
    if seed.kind == "TOOL":
        pairs.append(_text("tool.name", seed.tool))
    if seed.kind == "AGENT":
        pairs.append(_text("agent.name", "travel-agent"))
    return pairs
