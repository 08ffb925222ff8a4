"""A stub model that speaks the OpenAI HTTP API in-process: no socket, no key, scripted answers.

`StubModel` is given the replies of one story, in order. The real `openai` client talks to it through an
httpx transport under the base address http://127.0.0.1:8089/v1. Token counts are estimated from the text
of the request and the reply (four characters a token), so usage fits the messages; a reply may also say
how many prompt tokens came from a cache or how many output tokens were reasoning.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai

from fixed_world import CLOCK, short_hash

BASE_URL = "http://127.0.0.1:8089/v1"
TOO_LONG = "context_length_exceeded"
OVERFLOW = (
    "This model's maximum context length is {} tokens. However, your messages resulted in {} tokens. "
    "Please reduce the length of the messages."
)


@dataclass(frozen=True)
class Call:
    """A tool call that the stub model asks for."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One scripted answer: text and/or tool calls, or an HTTP error."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    seconds: float = 1.4
    finish: str = ""
    cached: float = 0.0  # share of the prompt that was read from a cache
    reasoning: int = 0
    thinking: str = ""
    status: int = 200
    error_code: str = ""
    extra_prompt_tokens: int = 0

    @property
    def finish_reason(self) -> str:
        return self.finish or ("tool_calls" if self.calls else "stop")


@dataclass
class StubModel:
    """Plays the replies back, one a request."""

    replies: list[Reply]
    story: str
    context_limit: int = 128_000
    served: int = field(default=0)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def client(self) -> openai.OpenAI:
        http = httpx.Client(transport=httpx.MockTransport(self.handle))
        return openai.OpenAI(api_key="none", base_url=BASE_URL, http_client=http, max_retries=0)

    def async_client(self) -> openai.AsyncOpenAI:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.handle))
        return openai.AsyncOpenAI(api_key="none", base_url=BASE_URL, http_client=http, max_retries=0)

    def handle(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.requests.append(body)
        reply = self._next(body)
        CLOCK.advance(reply.seconds)
        if reply.status != 200:
            return httpx.Response(reply.status, json=_error_body(reply))
        path = request.url.path
        shape = self._response if path.endswith("/responses") else self._chat_completion
        return httpx.Response(200, json=shape(body, reply))

    def _next(self, body: dict[str, Any]) -> Reply:
        prompt = token_counts(body, Reply())[0]
        if prompt > self.context_limit:
            return Reply(
                OVERFLOW.format(self.context_limit, prompt), seconds=0.2, status=400, error_code=TOO_LONG
            )
        reply = self.replies[self.served]
        self.served += 1
        return reply

    def _id(self, prefix: str, *parts: object) -> str:
        return f"{prefix}{short_hash(self.story, self.served, *parts)}"

    def _chat_completion(self, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": reply.text or None, "refusal": None}
        if reply.calls:
            message["tool_calls"] = [
                {
                    "id": self._id("call_", position, call.name),
                    "type": "function",
                    "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
                }
                for position, call in enumerate(reply.calls)
            ]
        if reply.thinking:
            message["reasoning_content"] = reply.thinking
        prompt, completion, cached = token_counts(body, reply)
        return {
            "id": self._id("chatcmpl-"),
            "object": "chat.completion",
            "created": CLOCK.time_ns() // 1_000_000_000,
            "model": dated_model(body["model"]),
            "choices": [
                {"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}
            ],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": reply.reasoning, "audio_tokens": 0},
            },
            "system_fingerprint": "fp_" + short_hash(body["model"], length=10),
        }

    def _response(self, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
        prompt, completion, cached = token_counts(body, reply)
        return {
            "id": self._id("resp_"),
            "object": "response",
            "created_at": CLOCK.time_ns() // 1_000_000_000,
            "status": "completed",
            "model": dated_model(body["model"]),
            "output": list(self._output_items(reply)),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": prompt,
                "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
                "output_tokens": completion,
                "output_tokens_details": {"reasoning_tokens": reply.reasoning},
                "total_tokens": prompt + completion,
            },
        }

    def _output_items(self, reply: Reply) -> Iterable[dict[str, Any]]:
        if reply.thinking:
            summary = [{"type": "summary_text", "text": reply.thinking}]
            yield {"type": "reasoning", "id": self._id("rs_"), "summary": summary}
        if reply.text:
            content = [{"type": "output_text", "text": reply.text, "annotations": []}]
            yield {
                "type": "message",
                "id": self._id("msg_"),
                "role": "assistant",
                "status": "completed",
                "content": content,
            }
        for position, call in enumerate(reply.calls):
            yield {
                "type": "function_call",
                "id": self._id("fc_", position),
                "call_id": self._id("call_", position, call.name),
                "name": call.name,
                "arguments": json.dumps(call.arguments),
                "status": "completed",
            }


def _error_body(reply: Reply) -> dict[str, Any]:
    kind = "invalid_request_error" if reply.status == 400 else "server_error"
    return {"error": {"message": reply.text, "type": kind, "param": None, "code": reply.error_code or None}}


def dated_model(model: str) -> str:
    """The dated name that a provider answers with."""
    dates = {
        "gpt-4o": "gpt-4o-2024-08-06",
        "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
        "gpt-4.1": "gpt-4.1-2025-04-14",
    }
    return dates.get(model, model)


def estimate(value: object) -> int:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return math.ceil(len(text) / 4)


def token_counts(body: dict[str, Any], reply: Reply) -> tuple[int, int, int]:
    """(prompt, completion, cached) for a request body and its scripted reply."""
    sent = [body.get(key) for key in ("messages", "input", "instructions", "tools") if body.get(key)]
    prompt = sum(estimate(part) for part in sent) + reply.extra_prompt_tokens
    calls = [{"name": c.name, "arguments": c.arguments} for c in reply.calls]
    completion = (
        (estimate(reply.text) if reply.text else 0) + sum(estimate(c) for c in calls) + reply.reasoning
    )
    if reply.finish == "length":
        completion = body.get("max_tokens") or completion
    return prompt, completion, int(prompt * reply.cached) // 128 * 128
