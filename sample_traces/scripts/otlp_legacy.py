"""OTLP/JSON lines with the OLD GenAI conventions, from the older packages in requirements-legacy.txt.

One file by opentelemetry-instrumentation-openai-v2 on its legacy path (messages are log records
`gen_ai.user.message`, `gen_ai.choice` …), one by traceloop-sdk 0.52 (messages are attributes
`gen_ai.prompt.0.content` …).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
from importlib.metadata import version
from typing import Any

from fixed_world import CLOCK, Ids, without_network_settings, write

without_network_settings()
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true"
os.environ["TRACELOOP_TELEMETRY"] = "false"
os.environ["TRACELOOP_TRACE_CONTENT"] = "true"

from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter  # noqa: E402
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter  # noqa: E402
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor  # noqa: E402
from opentelemetry.sdk._logs import LoggerProvider  # noqa: E402
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402
from opentelemetry.trace import Status, StatusCode, Tracer  # noqa: E402

from stub_model import Call, Reply, StubModel  # noqa: E402

SDK_FACTS = {
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": version("opentelemetry-sdk"),
}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "kb_search",
            "description": "Search the help pages.",
            "parameters": {
                "type": "object",
                "properties": {"query": {"type": "string"}},
                "required": ["query"],
            },
        },
    }
]
PAGES = [
    {"page": "wifi-reset", "text": "Hold the button for 8 seconds until the light blinks blue."},
    {"page": "wifi-bands", "text": "The lamp joins 2.4 GHz networks only."},
]
PROMPT = [
    {
        "role": "system",
        "content": "You help people set up a desk lamp. Search the help pages before you answer.",
    },
    {"role": "user", "content": "My lamp does not find the wifi any more since I have a new router."},
]
ANSWER = (
    "Two things to try:\n\n1. **Reset**: hold the button for 8 seconds until the light blinks blue.\n"
    "2. **Band**: the lamp joins 2.4 GHz only. Switch that band on in the router."
)


def lamp_replies() -> list[Reply]:
    return [
        Reply(calls=(Call("kb_search", {"query": "lamp new router wifi"}),), seconds=1.2),
        Reply(ANSWER, seconds=2.2),
    ]


def answer_with_tool(client: Any, tracer: Tracer) -> None:
    """Two chat calls and a tool between them, the tool in a plain span."""
    messages: list[Any] = list(PROMPT)
    first = client.chat.completions.create(
        model="gpt-4o-mini", messages=messages, tools=TOOLS, temperature=0.3
    )
    call = first.choices[0].message.tool_calls[0]
    with tracer.start_as_current_span(f"execute_tool {call.function.name}") as span:
        span.set_attributes(
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": call.function.name,
                "gen_ai.tool.call.id": call.id,
            }
        )
        CLOCK.advance(0.4)
    reply = first.choices[0].message.to_dict()
    messages += [reply, {"role": "tool", "tool_call_id": call.id, "content": json.dumps(PAGES)}]
    client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=TOOLS, temperature=0.3)


def messages_as_log_events() -> None:
    """Spans and log records in one file, as a Collector writes two pipelines into one file exporter."""
    story = "openai_v2_log_events"
    CLOCK.set("2025-11-04T15:10:00")
    CLOCK.install("opentelemetry")
    text = io.StringIO()
    resource = Resource({"service.name": "lamp-help", "service.version": "0.9.0", **SDK_FACTS})
    spans = TracerProvider(resource=resource, id_generator=Ids(story), shutdown_on_exit=False)
    spans.add_span_processor(BatchSpanProcessor(FileSpanExporter(stream=text)))
    logs = LoggerProvider(resource=resource, shutdown_on_exit=False)
    logs.add_log_record_processor(BatchLogRecordProcessor(FileLogExporter(stream=text)))
    instrumentor = OpenAIInstrumentor()
    instrumentor.instrument(tracer_provider=spans, logger_provider=logs)
    tracer = spans.get_tracer("lamp-help", "0.9.0")
    with tracer.start_as_current_span("invoke_agent lamp-help") as span:
        span.set_attributes({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "lamp-help"})
        answer_with_tool(StubModel(lamp_replies(), story).client(), tracer)
    logs.force_flush()
    spans.force_flush()
    instrumentor.uninstrument()
    write(f"otlp/{story}.jsonl", text.getvalue())


def messages_as_prompt_attributes() -> None:
    """traceloop-sdk: workflow, task and tool spans by decorators, chat spans by its OpenAI instrumentation."""
    story = "traceloop_prompt_attributes"
    from traceloop.sdk import Instruments, Traceloop
    from traceloop.sdk.decorators import task, tool, workflow

    random.seed(story)
    Ids(story).install("opentelemetry")
    CLOCK.set("2025-09-16T08:05:00")
    text = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()):
        Traceloop.init(
            app_name="ticket-summary",
            exporter=FileSpanExporter(stream=text),
            disable_batch=True,
            instruments={Instruments.OPENAI},
            resource_attributes={"service.version": "3.1.0", "service.instance.id": "ticket-summary-0"},
            telemetry_enabled=False,
        )
    CLOCK.install("opentelemetry", "traceloop")
    replies = [
        Reply(
            "- fan noise since the update\n- customer has tried a restart\n- device is in warranty",
            seconds=1.6,
        ),
        Reply('{"queue": "hardware", "urgent": false}', seconds=0.9),
        Reply("The service is overloaded.", status=503, seconds=5.0),
        Reply(
            "Hello,\n\nthank you for the details. A technician will call you tomorrow about the fan.",
            seconds=1.8,
        ),
    ]
    client = StubModel(replies, story).client()

    @tool(name="load_ticket")
    def load_ticket(ticket: str) -> dict[str, str]:
        CLOCK.advance(0.3)
        return {
            "ticket": ticket,
            "text": "Since the update the fan is loud. I restarted twice. Bought in May.",
        }

    def ask(model: str, system: str, text: str) -> str:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
        return client.chat.completions.create(model=model, messages=messages).choices[0].message.content or ""

    @task(name="summarise")
    def summarise(text: str) -> str:
        return ask("gpt-4o-mini", "Sum a ticket up in at most three points.", text)

    @task(name="route")
    def route(summary: str) -> str:
        return ask("gpt-4o-mini", "Choose a queue: hardware, software, billing. Answer in JSON.", summary)

    @task(name="draft_reply")
    def draft_reply(summary: str) -> str:
        return ask("gpt-4o", "Write a short friendly reply.", summary)

    @workflow(name="ticket_summary")
    def ticket_summary(ticket: str) -> str:
        Traceloop.set_association_properties({"session_id": "ticket-T-4410", "user_id": "agent-7"})
        summary = summarise(load_ticket(ticket)["text"])
        route(summary)
        try:
            return draft_reply(summary)
        except Exception:  # noqa: BLE001 (any failure is tried once more)
            CLOCK.advance(2)
            return draft_reply(summary)

    ticket_summary("T-4410")
    write(f"otlp/{story}.jsonl", text.getvalue())


def plain_services() -> None:
    """A web shop's checkout: HTTP, database and queue spans, not one GenAI attribute."""
    story = "plain_checkout"
    CLOCK.set("2026-02-24T17:45:09")
    CLOCK.install("opentelemetry")
    text = io.StringIO()
    ids = Ids(story)
    providers = {
        name: TracerProvider(
            resource=Resource({"service.name": name, "service.version": "7.3", **SDK_FACTS}),
            id_generator=ids,
            shutdown_on_exit=False,
        )
        for name in ("shop-web", "shop-orders", "shop-stock")
    }
    for provider in providers.values():
        provider.add_span_processor(BatchSpanProcessor(FileSpanExporter(stream=text)))
    tracers = {name: provider.get_tracer(name, "7.3") for name, provider in providers.items()}
    for number, stock_fails in enumerate((False, True)):
        _checkout(tracers, number, stock_fails)
        CLOCK.advance(20)
    for provider in reversed(providers.values()):
        provider.force_flush()
    write(f"otlp/{story}.jsonl", text.getvalue())


def _checkout(tracers: dict[str, Tracer], number: int, stock_fails: bool) -> None:
    from opentelemetry.trace import SpanKind

    http = {"http.request.method": "POST", "url.path": "/checkout", "http.route": "/checkout"}
    with tracers["shop-web"].start_as_current_span(
        "POST /checkout", kind=SpanKind.SERVER, attributes=http
    ) as root:
        CLOCK.advance(0.012)
        with tracers["shop-web"].start_as_current_span(
            "POST", kind=SpanKind.CLIENT, attributes={"server.address": "orders"}
        ):
            order = tracers["shop-orders"].start_as_current_span("POST /orders", kind=SpanKind.SERVER)
            with order as span:
                span.set_attributes(
                    {"http.route": "/orders", "order.lines": 3 + number, "order.total": 101.5}
                )
                database = {
                    "db.system.name": "postgresql",
                    "db.query.text": "INSERT INTO orders VALUES ($1, $2, $3)",
                }
                with tracers["shop-orders"].start_as_current_span(
                    "INSERT orders", kind=SpanKind.CLIENT, attributes=database
                ):
                    CLOCK.advance(0.021)
                _reserve(tracers["shop-stock"], stock_fails)
        status = 503 if stock_fails else 201
        root.set_attribute("http.response.status_code", status)
        if stock_fails:
            root.set_status(Status(StatusCode.ERROR))


def _reserve(tracer: Tracer, fails: bool) -> None:
    with contextlib.suppress(LookupError), tracer.start_as_current_span("reserve stock") as span:
        span.add_event("lock acquired", {"rows": 3})
        CLOCK.advance(0.4)
        if fails:
            raise LookupError("no stock left for sku FLT-100")


if __name__ == "__main__":
    messages_as_log_events()
    plain_services()
    messages_as_prompt_attributes()
