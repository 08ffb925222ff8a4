"""Attribute conventions as tables: which attribute fills which column, and which word means which kind.

Two readers share these tables: the formats (through `formats/conventions_hot.py`) and the SQL of the index, so every
rule here can be said as coalesce and case over a span's attributes. The rules, in full:

**Text value of an attribute.** A non-empty string as it stands, or an integer of 64 bits written in decimal. All else
(an empty string, a float, a bool, an array, a map, bytes) counts as absent, and the next key is asked.

**Text columns** (`TEXT_KEYS`): the first key of the column with a text value. `environment` and `version` then ask the
resource (`RESOURCE_KEYS`). Where that gave nothing, `KIND_TEXT_KEYS` adds keys that count only for one kind.
`provider` skips a value whose lower case is in `NOT_PROVIDERS` and is written in lower case.

**service_tier**: the readers of whole records then look into what is no attribute: usage, answer, request.

**Integer value.** A JSON integer, a float without fraction, or a string of 1 to 18 ASCII digits with an optional minus.
Everything else, and everything outside int64, counts as absent. In OTLP `intValue` comes as a string; so does the rule.

**Integer columns** (`INTEGER_KEYS`): the first key with an integer value; then `MEMBER_SUMS`, where the attribute is a
JSON object in a string: the sum of those of the listed members that hold an integer value, if any does. Nothing is
computed: a total that is not reported stays NULL.

**cost_usd** (`COST_KEYS`, then `COST_MEMBERS` in the same way, one member): a JSON number or a string that matches
`NUMBER_PATTERN`, finite and not above 999,999 in size, rounded half even to 12 decimals; everything else is absent.

**ttft_ns** (`TTFT_KEYS`): the first key with a number (or a `NUMBER_PATTERN` string) above 0, times the nanoseconds of
its unit, as `floor(x * unit + 0.5)`; then `TTFT_AT_KEYS`, a point in time in ISO 8601, quotes around it taken off,
minus the span's start, if above 0. 0 and less count as absent.

**kind**: word of an attribute = its text value, surrounding `"` taken off, lower case. The first row of `KIND_WORDS`
whose attribute has a word with an entry decides; else the first row of `KIND_PRESENCE` whose attribute is there at all;
else the first row of `KIND_NAMES` equal to the span's name; else UNKNOWN. At the end `KIND_REFINED`: a span of the
given kind whose name starts with the prefix gets the other kind.

**kind_original**: the text value (as found) of the first attribute of `KIND_WORDS`, in order, that has one; else the
span kind word of OpenTelemetry (INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER); else NULL.

**error_type**: text column with the keys of `TEXT_KEYS`; then the `exception.type` of the last event named `exception`
that has one, and then the first group of `ERROR_IN_MESSAGE` on the status message, both only if the status is error
or interrupted.

**status**: the code of OpenTelemetry; error too where the text value of `TOOL_STATUS_KEY` is `error` in any case: a tool that
tells its failure to the model ends without one.

**interrupted**: `error.type`, or the `exception.type` of any `exception` event, ends (after the last dot) in a word of
`INTERRUPT_TYPES`, or `INTERRUPT_IN_MESSAGE` is found in the status message. It goes before every other status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tracetui.model import SpanKind

Keys = tuple[str, ...]

_USAGE = "gen_ai.usage."
_ASSOCIATED = "traceloop.association.properties."

TEXT_KEYS: Mapping[str, Keys] = {
    "agent": ("gen_ai.agent.name", "agent.name", "agent_name", "aws.agent.name", "ai.telemetry.functionId"),
    "model": (
        "gen_ai.response.model",
        "ai.response.model",
        "llm.response.model_name",
        "decision.response.model_name",
        "langfuse.observation.model.name",
        "llm.model_name",
        "gen_ai.request.model",
        "ai.model.id",
        "llm.request.model_name",
        "embedding.model_name",
        "reranker.model_name",
        "decision.model_name",
        "model_name",
    ),
    "requested_model": (
        "gen_ai.request.model",
        "ai.model.id",
        "llm.request.model_name",
        "decision.request.model_name",
    ),
    "provider": (
        "gen_ai.provider.name",
        "llm.provider",
        "gen_ai.system",
        "llm.system",
        "ai.model.provider",
        "decision.provider",
    ),
    "service_tier": (
        "openai.response.service_tier",
        "gen_ai.openai.response.service_tier",
        "openai.request.service_tier",
        "gen_ai.openai.request.service_tier",
        "gen_ai.request.service_tier",
    ),
    "tool_name": ("gen_ai.tool.name", "tool.name", "ai.toolCall.name"),
    "tool_call_id": ("gen_ai.tool.call.id", "tool.id", "tool_call.id", "ai.toolCall.id"),
    "session_id": (
        "gen_ai.conversation.id",
        "session.id",
        "langfuse.session.id",
        _ASSOCIATED + "session_id",
        _ASSOCIATED + "thread_id",
        "gcp.vertex.agent.session_id",
        "langwatch.thread.id",
        "ai.telemetry.metadata.sessionId",
    ),
    "user_id": (
        "user.id",
        "langfuse.user.id",
        "enduser.id",
        _ASSOCIATED + "user_id",
        "langwatch.user.id",
        "ai.telemetry.metadata.userId",
    ),
    "environment": ("langfuse.environment", "deployment.environment.name", "deployment.environment"),
    "version": ("gen_ai.agent.version", "langfuse.version", "langfuse.release"),
    "error_type": ("error.type", "exception.type"),
}

TOOL_STATUS_KEY = "gen_ai.tool.status"

RESOURCE_KEYS: Mapping[str, Keys] = {
    "environment": ("deployment.environment.name", "deployment.environment", "langfuse.environment"),
    "version": ("service.version", "langfuse.release"),
}

KIND_TEXT_KEYS: tuple[tuple[SpanKind, str, Keys], ...] = (
    (SpanKind.AGENT, "agent", ("traceloop.entity.name",)),
    (SpanKind.TOOL, "tool_name", ("traceloop.entity.name",)),
)
"""Kind, column, and the keys that fill the column for spans of that kind alone."""

NOT_PROVIDERS = frozenset(
    {
        "strands-agents",
        "autogen",
        "langchain",
        "langgraph",
        "crewai",
        "llamaindex",
        "llama_index",
        "gcp.vertex.agent",
    }
)
"""Frameworks that stand in a provider's attribute."""

INTEGER_KEYS: Mapping[str, Keys] = {
    "input_tokens": (
        _USAGE + "input_tokens",
        _USAGE + "prompt_tokens",
        "llm.token_count.prompt",
        "llm.usage.prompt_tokens",
        "ai.usage.inputTokens",
        "ai.usage.promptTokens",
        "ai.usage.tokens",
        "decision.token_count.input",
    ),
    "output_tokens": (
        _USAGE + "output_tokens",
        _USAGE + "completion_tokens",
        "llm.token_count.completion",
        "llm.usage.completion_tokens",
        "ai.usage.outputTokens",
        "ai.usage.completionTokens",
        "decision.token_count.output",
    ),
    "total_tokens": (
        _USAGE + "total_tokens",
        "llm.usage.total_tokens",
        "llm.token_count.total",
        "ai.usage.totalTokens",
    ),
    "cache_read_tokens": (
        _USAGE + "cache_read.input_tokens",
        _USAGE + "cache_read_input_tokens",
        _USAGE + "cache_read_tokens",
        _USAGE + "details.cache_read_tokens",
        _USAGE + "details.cache_read_input_tokens",
        _USAGE + "prompt_details.cache_read",
        _USAGE + "input_tokens.cached",
        _USAGE + "input_cached_tokens",
        "llm.token_count.prompt_details.cache_read",
        "llm.usage.cache_read_input_tokens",
        "ai.usage.inputTokenDetails.cacheReadTokens",
        "ai.usage.cachedInputTokens",
    ),
    "cache_write_tokens": (
        _USAGE + "cache_write.input_tokens",
        _USAGE + "cache_creation.input_tokens",
        _USAGE + "cache_write_input_tokens",
        _USAGE + "cache_creation_input_tokens",
        _USAGE + "cache_write_tokens",
        _USAGE + "details.cache_write_tokens",
        _USAGE + "details.cache_creation_input_tokens",
        _USAGE + "prompt_details.cache_write",
        _USAGE + "input_cache_creation",
        "llm.token_count.prompt_details.cache_write",
        "llm.usage.cache_creation_input_tokens",
        "ai.usage.inputTokenDetails.cacheWriteTokens",
    ),
    "reasoning_tokens": (
        _USAGE + "reasoning.output_tokens",
        _USAGE + "reasoning_tokens",
        _USAGE + "details.reasoning_tokens",
        _USAGE + "completion_details.reasoning",
        _USAGE + "output_tokens.reasoning",
        "llm.token_count.completion_details.reasoning",
        "llm.usage.reasoning_tokens",
        "ai.usage.outputTokenDetails.reasoningTokens",
        "ai.usage.reasoningTokens",
    ),
    "cache_write_5m_tokens": (_USAGE + "cache_creation.ephemeral_5m_input_tokens",),
    "cache_write_1h_tokens": (_USAGE + "cache_creation.ephemeral_1h_input_tokens",),
    "input_audio_tokens": (
        _USAGE + "audio.input_tokens",
        "llm.token_count.prompt_details.audio",
        _USAGE + "details.input_audio_tokens",
        _USAGE + "input_audio_tokens",
    ),
    "input_image_tokens": (
        _USAGE + "image.input_tokens",
        "llm.token_count.prompt_details.image",
        _USAGE + "input_image_tokens",
    ),
    "output_audio_tokens": (
        _USAGE + "audio.output_tokens",
        "llm.token_count.completion_details.audio",
        _USAGE + "details.output_audio_tokens",
        _USAGE + "output_audio_tokens",
    ),
}

WITHIN_INPUT_KEYS: Keys = tuple(
    _USAGE + name + ".input_tokens" for name in ("cache_read", "cache_creation", "cache_write")
)
"""Attributes that OpenTelemetry defines as part of the input tokens; older names of others say no such thing."""

CONVENTION = "convention"
"""The word of usage that is told by such names."""

_LANGFUSE_USAGE = "langfuse.observation.usage_details"
_MLFLOW_USAGE = "mlflow.chat.tokenUsage"
_INPUT_CACHE_READ = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens")
_INPUT_CACHE_WRITE = (
    *("input_cache_creation", "input_cache_write", "cache_creation_input_tokens"),
    *("input_cache_creation_5m", "input_cache_creation_1h"),
)
_OUTPUT_REASONING = ("output_reasoning_tokens", "output_reasoning")

MEMBER_SUMS: tuple[tuple[str, str, Keys], ...] = (
    ("input_tokens", _LANGFUSE_USAGE, ("prompt_tokens",)),
    (
        "input_tokens",
        _LANGFUSE_USAGE,
        ("input", *_INPUT_CACHE_READ, *_INPUT_CACHE_WRITE, "input_audio_tokens"),
    ),
    ("output_tokens", _LANGFUSE_USAGE, ("completion_tokens",)),
    ("output_tokens", _LANGFUSE_USAGE, ("output", *_OUTPUT_REASONING, "output_audio_tokens")),
    ("total_tokens", _LANGFUSE_USAGE, ("total_tokens",)),
    ("total_tokens", _LANGFUSE_USAGE, ("total",)),
    ("cache_read_tokens", _LANGFUSE_USAGE, _INPUT_CACHE_READ),
    ("cache_write_tokens", _LANGFUSE_USAGE, _INPUT_CACHE_WRITE),
    ("reasoning_tokens", _LANGFUSE_USAGE, _OUTPUT_REASONING),
    ("cache_write_5m_tokens", _LANGFUSE_USAGE, ("input_cache_creation_5m",)),
    ("cache_write_1h_tokens", _LANGFUSE_USAGE, ("input_cache_creation_1h",)),
    ("input_audio_tokens", _LANGFUSE_USAGE, ("input_audio_tokens",)),
    ("output_audio_tokens", _LANGFUSE_USAGE, ("output_audio_tokens",)),
    *((column, _MLFLOW_USAGE, (column,)) for column in ("input_tokens", "output_tokens", "total_tokens")),
    ("cache_read_tokens", _MLFLOW_USAGE, ("cache_read_input_tokens",)),
    ("cache_write_tokens", _MLFLOW_USAGE, ("cache_creation_input_tokens",)),
)
"""Column, attribute, members to add up: Langfuse's buckets are disjoint, tracetui's columns and MLflow's inclusive."""

COST_KEYS: Keys = (_USAGE + "cost", "llm.cost.total", "operation.cost", _USAGE + "total_cost")
COST_MEMBERS: tuple[tuple[str, str], ...] = (
    ("langfuse.observation.cost_details", "total"),
    ("mlflow.llm.cost", "total_cost"),
)


def _members_of(rows: Iterable[tuple[str, Keys]]) -> Mapping[str, Keys]:
    found: dict[str, Keys] = {}
    for key, members in rows:
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), *members)))
    return MappingProxyType(found)


COUNT_MEMBERS = _members_of((key, members) for _, key, members in MEMBER_SUMS)
COST_MEMBERS_OF = _members_of((key, (member,)) for key, member in COST_MEMBERS)
"""Attributes that hold objects, with the members that count tokens or dollars."""

TTFT_KEYS: tuple[tuple[str, int], ...] = (
    ("gen_ai.response.time_to_first_chunk", 1_000_000_000),
    ("gen_ai.client.operation.time_to_first_chunk", 1_000_000_000),
    ("gen_ai.server.time_to_first_token", 1_000_000),
    ("ai.response.msToFirstChunk", 1_000_000),
)
"""Attribute and the nanoseconds of its unit."""

TTFT_AT_KEYS: Keys = ("langfuse.observation.completion_start_time",)

_OPENINFERENCE_WORDS: Mapping[str, SpanKind] = {
    kind.value.lower(): kind
    for kind in SpanKind
    if kind not in {SpanKind.UNKNOWN, SpanKind.HANDOFF, SpanKind.APPROVAL, SpanKind.MEMORY}
}
_MEMORY_WORDS = (
    "search_memory",
    "create_memory",
    "update_memory",
    "upsert_memory",
    "delete_memory",
    "create_memory_store",
    "delete_memory_store",
)

KIND_WORDS: tuple[tuple[str, Mapping[str, SpanKind]], ...] = (
    (
        "langfuse.observation.type",
        {
            "generation": SpanKind.LLM,
            "agent": SpanKind.AGENT,
            "tool": SpanKind.TOOL,
            "chain": SpanKind.CHAIN,
            "retriever": SpanKind.RETRIEVER,
            "evaluator": SpanKind.EVALUATOR,
            "embedding": SpanKind.EMBEDDING,
            "guardrail": SpanKind.GUARDRAIL,
        },
    ),
    ("openinference.span.kind", _OPENINFERENCE_WORDS),
    (
        "gen_ai.operation.name",
        {
            "chat": SpanKind.LLM,
            "generate_content": SpanKind.LLM,
            "text_completion": SpanKind.LLM,
            "completion": SpanKind.LLM,
            "call_llm": SpanKind.LLM,
            "embeddings": SpanKind.EMBEDDING,
            "embedding": SpanKind.EMBEDDING,
            "retrieval": SpanKind.RETRIEVER,
            "vector_db_retrieve": SpanKind.RETRIEVER,
            "rerank": SpanKind.RERANKER,
            "create_agent": SpanKind.AGENT,
            "invoke_agent": SpanKind.AGENT,
            "execute_tool": SpanKind.TOOL,
            "invoke_workflow": SpanKind.CHAIN,
            "plan": SpanKind.CHAIN,
            "execute_event_loop_cycle": SpanKind.CHAIN,
            "execute_task": SpanKind.CHAIN,
            "goto": SpanKind.CHAIN,
            "permission": SpanKind.APPROVAL,
            "handoff": SpanKind.HANDOFF,
            "guardrail": SpanKind.GUARDRAIL,
            **dict.fromkeys(_MEMORY_WORDS, SpanKind.MEMORY),
        },
    ),
    (
        "llm.request.type",
        {
            "chat": SpanKind.LLM,
            "completion": SpanKind.LLM,
            "rerank": SpanKind.RERANKER,
            "embedding": SpanKind.EMBEDDING,
        },
    ),
    (
        "traceloop.span.kind",
        {
            "workflow": SpanKind.CHAIN,
            "task": SpanKind.CHAIN,
            "agent": SpanKind.AGENT,
            "tool": SpanKind.TOOL,
        },
    ),
    (
        "mlflow.spanType",
        {
            **_OPENINFERENCE_WORDS,
            "chat_model": SpanKind.LLM,
            "parser": SpanKind.CHAIN,
            "workflow": SpanKind.CHAIN,
            "task": SpanKind.CHAIN,
            "memory": SpanKind.MEMORY,
        },
    ),
    (
        "ai.operationId",
        {
            "ai.generatetext": SpanKind.AGENT,
            "ai.streamtext": SpanKind.AGENT,
            "ai.generateobject": SpanKind.CHAIN,
            "ai.streamobject": SpanKind.CHAIN,
            "ai.generatetext.dogenerate": SpanKind.LLM,
            "ai.streamtext.dostream": SpanKind.LLM,
            "ai.generateobject.dogenerate": SpanKind.LLM,
            "ai.streamobject.dostream": SpanKind.LLM,
            "ai.toolcall": SpanKind.TOOL,
            "ai.embed": SpanKind.CHAIN,
            "ai.embedmany": SpanKind.CHAIN,
            "ai.embed.doembed": SpanKind.EMBEDDING,
            "ai.embedmany.doembed": SpanKind.EMBEDDING,
            "ai.rerank": SpanKind.CHAIN,
            "ai.rerank.dorerank": SpanKind.RERANKER,
        },
    ),
    ("aws.genai.span_kind", _OPENINFERENCE_WORDS),
    (
        "langwatch.span.type",
        {
            **{
                word: _OPENINFERENCE_WORDS[word]
                for word in ("llm", "chain", "tool", "agent", "guardrail", "prompt")
            },
            "evaluation": SpanKind.EVALUATOR,
            "rag": SpanKind.RETRIEVER,
            **dict.fromkeys(("workflow", "component", "module", "task"), SpanKind.CHAIN),
        },
    ),
    # Langfuse's plain word says nothing: it decides only where nobody else did.
    ("langfuse.observation.type", {"span": SpanKind.CHAIN}),
)

KIND_PRESENCE: tuple[tuple[str, SpanKind], ...] = (
    ("gen_ai.tool.call.id", SpanKind.TOOL),
    ("gen_ai.tool.name", SpanKind.TOOL),
    ("github.copilot.permission.kind", SpanKind.APPROVAL),
    ("pydantic_ai.all_messages", SpanKind.AGENT),
    ("all_messages_events", SpanKind.AGENT),
    ("gen_ai.evaluation.name", SpanKind.EVALUATOR),
    ("gen_ai.request.model", SpanKind.LLM),
)

KIND_NAMES: tuple[tuple[str, SpanKind], ...] = (("execute_event_loop_cycle", SpanKind.CHAIN),)

KIND_REFINED: tuple[tuple[SpanKind, str, SpanKind], ...] = ((SpanKind.TOOL, "handoff to ", SpanKind.HANDOFF),)

OTEL_KINDS: tuple[str | None, ...] = (None, "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
"""OpenTelemetry's SpanKind by number; 0 is unspecified. As text it comes bare, as `SPAN_KIND_X` or `SpanKind.X`."""

INTERRUPT_TYPES = frozenset({"GraphInterrupt", "NodeInterrupt"})
"""Exceptions that pause for a human instead of failing (LangGraph)."""

ERROR_IN_MESSAGE = r"^([A-Za-z_][A-Za-z0-9_.]*(?:Error|Exception|Interrupt|Timeout|Failure|Exit))(?::|\(|$)"
"""Leading error type of a status message; same meaning in `re` (search) and RE2."""

INTERRUPT_IN_MESSAGE = r"^(?:[A-Za-z_][A-Za-z0-9_]*\.)*(?:GraphInterrupt|NodeInterrupt)(?:[^A-Za-z0-9_]|$)"

NUMBER_PATTERN = r"^-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?$"
