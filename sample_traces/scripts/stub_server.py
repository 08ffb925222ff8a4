"""The stub model as an HTTP server on 127.0.0.1, for command-line agents that are programs of their own.

It streams scripted replies in the protocols that they speak: Anthropic's Messages, OpenAI's Responses and Gemini's
`streamGenerateContent`. Only requests that offer tools get a reply of the story; what the programs ask beside that
(titles, checks of the connection) gets a short answer. Token counts are estimates, as in `stub_model.py`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stub_model import Call, Reply, estimate

Event = tuple[str, dict[str, Any]]
BESIDE = Reply("A short title")


class StubServer(ThreadingHTTPServer):
    """Plays the replies back, one a request; `asked` keeps what was sent."""

    def __init__(self, replies: list[Reply], first: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies, self.served, self.first = replies, 0, first
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_reply(self, path: str, body: dict[str, Any]) -> tuple[int, Reply]:
        """Number and reply for a request; a story that is over stays at its last reply."""
        with self.lock:
            self.asked.append((path, body))
            if not body.get("tools"):
                return 1000 + len(self.asked), BESIDE
            self.served += 1
            return self.first + self.served, self.replies[min(self.served, len(self.replies)) - 1]


class _Handler(BaseHTTPRequestHandler):
    server: StubServer

    def do_HEAD(self) -> None:
        self._send(200, "application/json", "")

    def do_GET(self) -> None:
        self._send(200, "application/json", '{"object": "list", "data": [], "models": []}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if "count" in self.path.lower():
            total = estimate(body)
            self._send(200, "application/json", json.dumps({"input_tokens": total, "totalTokens": total}))
            return
        number, reply = self.server.next_reply(self.path, body)
        if reply.status != 200:
            error = {"type": reply.error_code, "message": reply.text}
            self._send(reply.status, "application/json", json.dumps({"type": "error", "error": error}))
        elif "/messages" in self.path:
            self._stream(anthropic_events(number, body, reply))
        elif "/responses" in self.path:
            self._stream(responses_events(number, body, reply))
        elif "enerateContent" in self.path:
            self._gemini(number, body, reply)
        else:
            self._send(404, "application/json", "{}")

    def _gemini(self, number: int, body: dict[str, Any], reply: Reply) -> None:
        answer = gemini_answer(number, body, reply)
        if "stream" in self.path:
            self._stream([("", answer)])
        else:
            self._send(200, "application/json", json.dumps(answer))

    def _stream(self, events: Iterator[Event] | list[Event]) -> None:
        lines = [
            (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n" for name, data in events
        ]
        self._send(200, "text/event-stream", "".join(lines))

    def _send(self, status: int, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Requests are kept, not printed."""


@contextmanager
def serving(replies: list[Reply], first: int = 0) -> Iterator[StubServer]:
    """A server for one story; ids begin behind `first`."""
    with StubServer(replies, first) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def counts(body: dict[str, Any], reply: Reply) -> tuple[int, int]:
    """Estimated tokens of a request and its reply."""
    keys = ("system", "messages", "input", "instructions", "tools", "contents", "systemInstruction")
    spoken = [{"name": call.name, "arguments": call.arguments} for call in reply.calls]
    out = estimate(reply.text) + sum(estimate(call) for call in spoken) + reply.reasoning
    return sum(estimate(body[key]) for key in keys if body.get(key)), out


def anthropic_events(number: int, body: dict[str, Any], reply: Reply) -> Iterator[Event]:
    """The events of a streamed message; most of its prompt was read from a cache, as it is in production."""
    asked, out = counts(body, reply)
    cached = int(asked * reply.cached)
    usage = {
        "input_tokens": asked - cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached,
        "output_tokens": 1,
    }
    message = {
        "id": f"msg_stub_{number:04}", "type": "message", "role": "assistant", "model": body.get("model"),
        "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage,
    }  # fmt: skip
    yield "message_start", {"type": "message_start", "message": message}
    for index, (block, delta) in enumerate(_anthropic_blocks(number, reply)):
        yield (
            "content_block_start",
            {"type": "content_block_start", "index": index, "content_block": block},
        )
        yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    why = {"stop_reason": "tool_use" if reply.calls else "end_turn", "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": why, "usage": {**usage, "output_tokens": out}}
    yield "message_stop", {"type": "message_stop"}


def _anthropic_blocks(number: int, reply: Reply) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    if reply.text:
        yield {"type": "text", "text": ""}, {"type": "text_delta", "text": reply.text}
    for place, call in enumerate(reply.calls):
        block = {"type": "tool_use", "id": f"toolu_stub_{number:04}_{place}", "name": call.name, "input": {}}
        yield block, {"type": "input_json_delta", "partial_json": json.dumps(call.arguments)}


def responses_events(number: int, body: dict[str, Any], reply: Reply) -> Iterator[Event]:
    """The events of a streamed response."""
    asked, out = counts(body, reply)
    items = list(_response_items(number, reply))
    whole = {
        "id": f"resp_stub_{number:04}", "object": "response", "status": "completed", "model": body.get("model"),
        "output": items,
        "usage": {
            "input_tokens": asked,
            "input_tokens_details": {"cached_tokens": int(asked * reply.cached)},
            "output_tokens": out,
            "output_tokens_details": {"reasoning_tokens": reply.reasoning},
            "total_tokens": asked + out,
        },
    }  # fmt: skip
    started = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield "response.created", {"type": "response.created", "response": started}
    for index, item in enumerate(items):
        for word in ("added", "done"):
            name = f"response.output_item.{word}"
            yield name, {"type": name, "output_index": index, "item": item}
    yield "response.completed", {"type": "response.completed", "response": whole}


def _response_items(number: int, reply: Reply) -> Iterator[dict[str, Any]]:
    if reply.text:
        content = [{"type": "output_text", "text": reply.text, "annotations": []}]
        yield {"type": "message", "id": f"msg_stub_{number:04}", "role": "assistant", "content": content}
    for place, call in enumerate(reply.calls):
        name = f"stub_{number:04}_{place}"
        yield {
            "type": "function_call", "id": f"fc_{name}", "call_id": f"call_{name}", "name": call.name,
            "arguments": json.dumps(call.arguments), "status": "completed",
        }  # fmt: skip


def gemini_answer(number: int, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    """One whole answer of Gemini's API."""
    asked, out = counts(body, reply)
    parts: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
    parts += [{"functionCall": {"name": call.name, "args": call.arguments}} for call in reply.calls]
    return {
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {
            "promptTokenCount": asked,
            "candidatesTokenCount": out,
            "totalTokenCount": asked + out,
            "cachedContentTokenCount": int(asked * reply.cached),
        },
        "modelVersion": "gemini-2.5-pro",
        "responseId": f"stub-{number:04}",
    }


__all__ = ["Call", "Reply", "StubServer", "serving"]
