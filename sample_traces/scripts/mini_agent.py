"""A small tool-calling agent loop over the real `openai` client, spanned by opentelemetry-util-genai.

The model calls are spanned by whatever instrumentation the calling script has switched on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import openai
from opentelemetry.util.genai.handler import TelemetryHandler
from opentelemetry.util.genai.types import InputMessage, OutputMessage, TextPart

from fixed_world import CLOCK

Message = dict[str, Any]


class MaxTurnsExceededError(RuntimeError):
    """The agent used up its turns without an answer."""


@dataclass(frozen=True)
class Tool:
    """A function the model may call; `seconds` is how long it takes on the fixed clock."""

    run: Callable[..., Any]
    description: str
    parameters: dict[str, str]
    seconds: float = 0.4
    fatal: tuple[type[Exception], ...] = (TimeoutError,)

    def definition(self, name: str) -> dict[str, Any]:
        properties = {key: {"type": kind} for key, kind in self.parameters.items()}
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        function = {"name": name, "description": self.description, "parameters": schema}
        return {"type": "function", "function": function}


@dataclass
class MiniAgent:
    """Calls the model until it answers without tool calls."""

    name: str
    model: str
    system: str
    client: openai.OpenAI
    handler: TelemetryHandler
    description: str = ""
    tools: dict[str, Tool] = field(default_factory=dict)
    max_turns: int = 12
    max_tokens: int | None = None
    conversation_id: str | None = None
    history: list[Message] = field(default_factory=list)

    def run(self, prompt: str | list[Message]) -> str:
        """One user turn; an error of a fatal kind ends the agent and is passed on."""
        with self.handler.invoke_local_agent(
            agent_name=self.name, request_model=self.model, conversation_id=self.conversation_id
        ) as span:
            span.agent_description = self.description or None
            span.input_messages = [InputMessage("user", [TextPart(plain(prompt))])]
            used: list[openai.types.CompletionUsage] = []
            self.history.append({"role": "user", "content": prompt})
            try:
                answer = self._turns(used)
                span.output_messages = [OutputMessage("assistant", [TextPart(answer)])]
                return answer
            finally:
                span.input_tokens = sum(usage.prompt_tokens for usage in used)
                span.output_tokens = sum(usage.completion_tokens for usage in used)

    def run_request(self, request: str) -> str:
        """`run` under the argument name of a delegating tool."""
        return self.run(request)

    def _turns(self, used: list[openai.types.CompletionUsage]) -> str:
        for _ in range(self.max_turns):
            reply = self.ask(used)
            self.history.append(reply.to_dict())
            if not reply.tool_calls:
                return reply.content or ""
            for call in reply.tool_calls:
                result = self.call_tool(call.id, call.function.name, json.loads(call.function.arguments))
                self.history.append({"role": "tool", "tool_call_id": call.id, "content": result})
        raise MaxTurnsExceededError(f"{self.name} stopped after {self.max_turns} turns without an answer")

    def ask(self, used: list[openai.types.CompletionUsage]) -> openai.types.chat.ChatCompletionMessage:
        extra: dict[str, Any] = {"max_tokens": self.max_tokens} if self.max_tokens else {}
        if self.tools:
            extra["tools"] = [tool.definition(name) for name, tool in self.tools.items()]
        completion = self.client.chat.completions.create(
            model=self.model,
            messages=[{"role": "system", "content": self.system}, *self.history],
            temperature=0.2,
            **extra,
        )
        used.append(completion.usage)
        return completion.choices[0].message

    def call_tool(self, call_id: str, name: str, arguments: dict[str, Any]) -> str:
        """Run a tool in its own span. Errors that are not fatal are given to the model as text."""
        tool = self.tools[name]
        try:
            with self.handler.tool(name, tool_type="function", agent_name=self.name) as span:
                span.tool_call_id, span.tool_description, span.arguments = (
                    call_id,
                    tool.description,
                    arguments,
                )
                CLOCK.advance(tool.seconds)
                try:
                    result = tool.run(**arguments)
                except Exception as error:
                    span.span.record_exception(error)
                    raise
                span.tool_result = result
                return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        except tool.fatal:
            raise
        except Exception as error:  # noqa: BLE001 (a tool may fail in any way)
            return f"{type(error).__name__}: {error}"


def plain(prompt: str | list[Message]) -> str:
    """The text of a prompt, without its images."""
    if isinstance(prompt, str):
        return prompt
    return " ".join(part.get("text", "") for part in prompt).strip()
