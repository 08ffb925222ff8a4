"""Calls of known size, and their usage in the words of each vendor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Call:
    """One model call: tokens of each bucket, and the model that answered."""

    name: str
    uncached: int
    read: int = 0
    write: int = 0
    text: int = 0
    reasoning: int = 0
    model: str = "fixture"

    @property
    def given(self) -> int:
        """All input."""
        return self.uncached + self.read + self.write

    @property
    def out(self) -> int:
        """All output."""
        return self.text + self.reasoning

    @property
    def total(self) -> int:
        """Everything."""
        return self.given + self.out


CALLS = (
    Call("mostly cached", uncached=86, read=17_817, text=10),
    Call("five of twenty cached", uncached=15, read=5, text=10),
    Call("written to the cache", uncached=4_299, read=35_574, write=17_787, text=631),
    Call("mostly thought", uncached=100, text=40, reasoning=60, model="nobody-knows-it"),
)

Values: TypeAlias = dict[str, Any]
Calls: TypeAlias = Sequence[Call]


def openai_chat(call: Call) -> Values:
    """Chat completions: everything is inside the prompt and the completion."""
    return {
        "prompt_tokens": call.given, "completion_tokens": call.out, "total_tokens": call.total,
        "prompt_tokens_details": {"cached_tokens": call.read, "cache_write_tokens": call.write, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": call.reasoning},
    }  # fmt: skip


def openai_responses(call: Call) -> Values:
    """Responses, and the Agents SDK."""
    return {
        "requests": 1, "input_tokens": call.given, "output_tokens": call.out, "total_tokens": call.total,
        "input_tokens_details": {"cached_tokens": call.read, "cache_write_tokens": call.write},
        "output_tokens_details": {"reasoning_tokens": call.reasoning},
    }  # fmt: skip


def anthropic(call: Call) -> Values:
    """Messages: cached tokens stand beside the input, and there is no total."""
    return {
        "input_tokens": call.uncached, "cache_read_input_tokens": call.read, "cache_creation_input_tokens": call.write,
        "cache_creation": {"ephemeral_5m_input_tokens": call.write, "ephemeral_1h_input_tokens": 0},
        "output_tokens": call.out, "output_tokens_details": {"thinking_tokens": call.reasoning},
        "service_tier": "standard",
    }  # fmt: skip


def bedrock(call: Call) -> Values:
    """Converse: beside the input, and a total of all."""
    return {
        "inputTokens": call.uncached, "outputTokens": call.out, "totalTokens": call.total,
        "cacheReadInputTokens": call.read, "cacheWriteInputTokens": call.write,
    }  # fmt: skip


def gemini(call: Call) -> Values:
    """generateContent: thoughts stand beside the candidates, nothing is written to a cache."""
    return {
        "promptTokenCount": call.given, "cachedContentTokenCount": call.read, "candidatesTokenCount": call.text,
        "thoughtsTokenCount": call.reasoning, "totalTokenCount": call.total,
    }  # fmt: skip


def langchain(call: Call) -> Values:
    """usage_metadata of LangChain: everything inside."""
    return {
        "input_tokens": call.given, "output_tokens": call.out, "total_tokens": call.total,
        "input_token_details": {"cache_read": call.read, "cache_creation": call.write},
        "output_token_details": {"reasoning": call.reasoning},
    }  # fmt: skip


def openinference(call: Call) -> Values:
    """Attributes of OpenInference."""
    return {
        "llm.token_count.prompt": call.given, "llm.token_count.completion": call.out,
        "llm.token_count.total": call.total, "llm.token_count.prompt_details.cache_read": call.read,
        "llm.token_count.prompt_details.cache_write": call.write,
        "llm.token_count.completion_details.reasoning": call.reasoning,
    }  # fmt: skip


def genai(call: Call) -> Values:
    """Attributes of OpenTelemetry's GenAI conventions."""
    return {
        "gen_ai.usage.input_tokens": call.given, "gen_ai.usage.output_tokens": call.out,
        "gen_ai.usage.cache_read.input_tokens": call.read, "gen_ai.usage.cache_creation.input_tokens": call.write,
        "gen_ai.usage.reasoning.output_tokens": call.reasoning,
    }  # fmt: skip


def vercel(call: Call) -> Values:
    """Attributes of the AI SDK, which knows no writes to a cache."""
    return {
        "ai.usage.inputTokens": call.given, "ai.usage.outputTokens": call.out, "ai.usage.totalTokens": call.total,
        "ai.usage.cachedInputTokens": call.read, "ai.usage.reasoningTokens": call.reasoning,
    }  # fmt: skip
