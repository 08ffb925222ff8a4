"""OTLP/JSON lines with the current GenAI conventions.

Spans of agents, tools and workflows: opentelemetry-util-genai. Spans of model calls:
opentelemetry-instrumentation-genai-openai, and for one story
(thinking content) util-genai by hand. Written by opentelemetry-exporter-otlp-json-file.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fixed_world import CLOCK, Ids, short_hash, without_network_settings, write

without_network_settings()
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_only"

import openai  # noqa: E402
from opentelemetry import trace  # noqa: E402
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter  # noqa: E402
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402
from opentelemetry.util.genai.handler import TelemetryHandler  # noqa: E402
from opentelemetry.util.genai.types import (  # noqa: E402
    InputMessage,
    OutputMessage,
    ReasoningPart,
    RetrievalDocument,
    TextPart,
    ToolCallRequestPart,
    ToolCallResponsePart,
)

from mini_agent import MaxTurnsExceededError, MiniAgent, Tool  # noqa: E402
from pictures import damaged_photo  # noqa: E402
from stub_model import Call, Reply, StubModel, estimate  # noqa: E402


class Stage:
    """Everything one story needs: a stub model and a tracer that writes to memory."""

    def __init__(self, story: str, service: str, start: str, replies: list[Reply], **stub: Any) -> None:
        self.story = story
        CLOCK.set(start)
        CLOCK.install("opentelemetry")
        self.stub = StubModel(replies, story, **stub)
        self.client = self.stub.client()
        self.text = io.StringIO()
        resource = Resource(
            {
                "service.name": service,
                "service.version": "1.4.2",
                "deployment.environment.name": "staging",
                "telemetry.sdk.language": "python",
                "telemetry.sdk.name": "opentelemetry",
                "telemetry.sdk.version": version("opentelemetry-sdk"),
            }
        )
        self.provider = TracerProvider(resource=resource, id_generator=Ids(story), shutdown_on_exit=False)
        exporter = FileSpanExporter(stream=self.text)
        self.provider.add_span_processor(BatchSpanProcessor(exporter, max_export_batch_size=12))
        self.instrumentor = OpenAIInstrumentor()
        self.instrumentor.instrument(tracer_provider=self.provider)
        self.handler = TelemetryHandler(
            tracer_provider=self.provider,
            instrumentation_scope_name=service,
            instrumentation_scope_version="1.4.2",
        )

    def agent(self, name: str, model: str, system: str, **more: Any) -> MiniAgent:
        return MiniAgent(
            name=name, model=model, system=system, client=self.client, handler=self.handler, **more
        )

    def finish(self) -> None:
        self.provider.force_flush()
        self.provider.shutdown()
        self.instrumentor.uninstrument()
        assert self.stub.served == len(self.stub.replies), f"{self.story}: unused replies"
        write(f"otlp/{self.story}.jsonl", self.text.getvalue())


# --- travel agent: search_flights times out deep in the tree ---------------------------------------------

TRAVEL_SYSTEM = """You are travel-agent, a planner for short business trips.
Work in this order: weather, hotel, flights, budget. Ask the flight desk for anything about flights; it knows
fares and schedules. Hold a room before you look for flights so that the price is kept, and release it when the
trip cannot be made. Prices are in EUR. Answer in Markdown, at most 120 words, with a table of costs."""

FLIGHT_SYSTEM = """You are flight-desk. Find one outbound and one return flight within the budget.
Search one direction at a time with search_flights. Prefer direct flights, arrival before 20:00 local time.
Never guess a fare."""

HOTELS = [
    {
        "id": "LIS-014",
        "name": "Pensão Exemplo",
        "stars": 3,
        "eur_per_night": 118,
        "walk_to_venue_min": 9,
    },
    {"id": "LIS-027", "name": "Hotel Amostra", "stars": 4, "eur_per_night": 164, "walk_to_venue_min": 4},
    {"id": "LIS-031", "name": "Casa Modelo", "stars": 3, "eur_per_night": 131, "walk_to_venue_min": 16},
]
OUTBOUND = [
    {
        "flight": "ZZ 417",
        "from": "VIE",
        "to": "LIS",
        "departs": "2026-03-09T10:25+01:00",
        "stops": 0,
        "eur": 189,
    },
    {
        "flight": "ZZ 433",
        "from": "VIE",
        "to": "LIS",
        "departs": "2026-03-09T06:05+01:00",
        "stops": 1,
        "eur": 142,
    },
]


class FlightSearch:
    """The upstream fails once, answers once, then does not answer at all."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, **arguments: Any) -> Any:
        self.asked += 1
        if self.asked == 1:
            raise ConnectionError("fares upstream answered 503 Service Unavailable, retry after 1 s")
        if self.asked == 2:
            return {"currency": "EUR", "offers": OUTBOUND}
        CLOCK.advance(8.4)
        raise TimeoutError(
            f"upstream did not answer in 9 s ({arguments['origin']}-{arguments['destination']})"
        )


def travel_replies() -> list[Reply]:
    out = {"origin": "VIE", "destination": "LIS", "date": "2026-03-09", "max_eur": 200}
    back = {"origin": "LIS", "destination": "VIE", "date": "2026-03-12", "max_eur": 200}
    hotels = {
        "city": "Lisbon",
        "check_in": "2026-03-09",
        "check_out": "2026-03-12",
        "near": "venue by the river",
    }
    ask = {
        "request": "VIE-LIS 9 March, back 12 March 2026, one traveller, at most 400 EUR in all, direct if possible"
    }
    return [
        Reply(
            "I will check the weather and hotels near the venue first.",
            (
                Call("get_weather", {"city": "Lisbon", "from": "2026-03-09", "to": "2026-03-12"}),
                Call("find_hotels", hotels),
            ),
            seconds=2.1,
        ),
        Reply(calls=(Call("hold_room", {"hotel_id": "LIS-014", "nights": 3}),), seconds=1.3, cached=0.6),
        Reply(
            "The room is held until 18:00. Now the flights.",
            (Call("ask_flight_desk", ask),),
            seconds=1.8,
            cached=0.6,
        ),
        Reply(calls=(Call("search_flights", out),), seconds=0.9),
        Reply(
            "The fares upstream was busy; I try the same search again.",
            (Call("search_flights", out),),
            seconds=0.8,
        ),
        Reply(
            "ZZ 417 is direct at 189 EUR, which leaves 211 EUR for the way back.",
            (Call("search_flights", back),),
        ),
        Reply(
            "I could not finish the booking: the flight search did not answer for the way back (LIS to VIE, 12 March). "
            "The hotel hold `H-20931` has been released, nothing was charged. The outbound flight **ZZ 417** at 189 EUR "
            "was still on sale. Shall I try again in a few minutes?",
            seconds=1.6,
        ),
    ]


def travel_agent_timeout() -> None:
    stage = Stage("travel_agent_timeout", "travel-agent", "2026-02-17T09:12:04", travel_replies())
    search = FlightSearch()
    flight_tool = Tool(
        search,
        "Search fares for one direction and day.",
        {"origin": "string", "destination": "string", "date": "string", "max_eur": "number"},
        seconds=0.6,
    )
    flights = stage.agent("flight-desk", "gpt-4o-mini", FLIGHT_SYSTEM, tools={"search_flights": flight_tool})
    weather = {
        "days": [{"date": f"2026-03-{d:02}", "max_c": 17 + d % 3, "rain_mm": d % 4} for d in range(9, 13)]
    }
    tools = {
        "get_weather": Tool(
            lambda **_: weather, "Daily forecast.", {"city": "string", "from": "string", "to": "string"}
        ),
        "find_hotels": Tool(
            lambda **_: {"hotels": HOTELS},
            "Hotels near a place, cheapest first.",
            {"city": "string", "check_in": "string", "check_out": "string", "near": "string"},
            seconds=1.9,
        ),
        "hold_room": Tool(
            lambda **_: {"hold": "H-20931", "until": "2026-02-17T18:00+00:00", "eur": 354},
            "Hold a room free of charge.",
            {"hotel_id": "string", "nights": "integer"},
            seconds=0.7,
        ),
        "ask_flight_desk": Tool(
            flights.run_request, "Hand a question to the flight desk.", {"request": "string"}, 0.01
        ),
        "release_room": Tool(lambda **_: {"released": True}, "Release a held room.", {"hold": "string"}, 0.5),
    }
    agent = stage.agent(
        "travel-agent", "gpt-4o", TRAVEL_SYSTEM, tools=tools, description="Plans business trips"
    )
    prompt = (
        "I speak at a conference in Lisbon, at the venue by the river, from 9 to 12 March 2026. Please plan the trip from "
        "Vienna: hotel within 15 minutes' walk, direct flights, 800 EUR in all."
    )
    with stage.handler.workflow("plan_trip", conversation_id="trip-20260217-0007") as workflow:
        workflow.input_messages = [InputMessage("user", [TextPart(prompt)])]
        try:
            agent.run(prompt)
        except TimeoutError as error:
            agent.call_tool("call_compensate_1", "release_room", {"hold": "H-20931"})
            agent.history = [*agent.history[:1], {"role": "user", "content": f"Tell the traveller: {error}"}]
            apology = agent.ask([]).content or ""
            workflow.output_messages = [OutputMessage("assistant", [TextPart(apology)])]
            workflow.span.record_exception(error)
            workflow.fail(error)
    stage.finish()


# --- support refund: three turns, an image, tools, an evaluation ----------------------------------------

SUPPORT_SYSTEM = """You are the support assistant of a shop for coffee gear.
Refund policy: damaged on arrival is refunded in full within 30 days; wear is not. Look at a photo when there is
one. Never promise money before `issue_refund` has answered. Be short and friendly; use Markdown."""


ORDER = {
    "order_id": "A-7731",
    "placed": "2026-01-30",
    "delivered": "2026-02-05",
    "lines": [
        {"sku": "GRD-02", "title": "Hand grinder, walnut", "qty": 1, "eur": 89.0},
        {"sku": "FLT-100", "title": "Paper filters, 100", "qty": 2, "eur": 6.5},
    ],
    "paid_eur": 102.0,
    "payment": {"method": "card", "last4": "0042"},
}


def refund_replies() -> list[Reply]:
    refund = {"order_id": "A-7731", "sku": "GRD-02", "amount_eur": 89.0, "reason": "damaged_on_arrival"}
    return [
        Reply(calls=(Call("get_order", {"order_id": "A-7731"}),), seconds=1.2),
        Reply(
            "I found order **A-7731**, delivered on 5 February:\n\n| item | qty | price |\n|---|---|---|\n"
            "| Hand grinder, walnut | 1 | 89.00 € |\n| Paper filters, 100 | 2 | 13.00 € |\n\n"
            "I am sorry that the grinder gives you trouble. Could you send a photo of the damage?",
            seconds=2.4,
            cached=0.5,
        ),
        Reply(
            calls=(
                Call("check_policy", {"reason": "damaged_on_arrival", "delivered": "2026-02-05"}),
                Call("issue_refund", refund),
            ),
            seconds=2.9,
            cached=0.7,
            extra_prompt_tokens=255,
            reasoning=192,
        ),
        Reply(
            "Thank you, the crack in the body is easy to see. I have refunded **89.00 €** to the card ending in 0042 "
            "(reference `RF-55120`). It takes 3 to 5 working days. You need not send the grinder back.",
            seconds=1.9,
            cached=0.8,
            extra_prompt_tokens=255,
        ),
        Reply(
            "Yes:\n\n- the two packs of filters stay as they are, 13.00 €\n- your order page shows the refund from tomorrow\n\n"
            "Have a good cup!",
            seconds=1.1,
            cached=0.9,
            extra_prompt_tokens=255,
        ),
    ]


def support_refund() -> None:
    stage = Stage("support_refund_multi_turn", "coffee-support", "2026-02-18T14:30:00", refund_replies())
    tools = {
        "get_order": Tool(lambda **_: ORDER, "Order by number.", {"order_id": "string"}, 0.3),
        "check_policy": Tool(
            lambda **_: {
                "covered": True,
                "rule": "R2",
                "text": "Damaged on arrival: full refund within 30 days.",
            },
            "Which refund rule applies.",
            {"reason": "string", "delivered": "string"},
            0.2,
        ),
        "issue_refund": Tool(
            lambda **_: {"refund": "RF-55120", "status": "accepted", "eur": 89.0},
            "Refund one line of an order.",
            {"order_id": "string", "sku": "string", "amount_eur": "number", "reason": "string"},
            1.1,
        ),
    }
    more = {"tools": tools, "conversation_id": "chat-5b1f07", "description": "Answers customers of the shop"}
    agent = stage.agent("support", "gpt-4o", SUPPORT_SYSTEM, **more)
    photo = {"type": "image_url", "image_url": {"url": damaged_photo(), "detail": "low"}}
    turns: list[str | list[dict[str, Any]]] = [
        "Hi, the grinder from order A-7731 arrived broken. Can I get my money back?",
        [{"type": "text", "text": "Here is the photo, the body is cracked."}, photo],
        "Great, thanks! Do I keep the filters, and where do I see the refund?",
    ]
    for wait, turn in zip((0, 64, 31), turns, strict=True):
        CLOCK.advance(wait)
        agent.run(turn)
    _evaluate(stage)
    stage.finish()


def _evaluate(stage: Stage) -> None:
    """A grader's verdict as a `gen_ai.evaluation.result` event on a span of its own."""
    tracer = trace.get_tracer("coffee-support.graders", "0.3", tracer_provider=stage.provider)
    with tracer.start_as_current_span("evaluate policy_followed") as span:
        CLOCK.advance(0.6)
        span.set_attribute("gen_ai.conversation.id", "chat-5b1f07")
        span.add_event(
            "gen_ai.evaluation.result",
            {
                "gen_ai.evaluation.name": "policy_followed",
                "gen_ai.evaluation.score.value": 1.0,
                "gen_ai.evaluation.score.label": "pass",
                "gen_ai.evaluation.explanation": "The refund was issued after the photo and within 30 days (rule R2).",
            },
        )


# --- research: the same search again and again ---------------------------------------------------------

RESEARCH_SYSTEM = """You are a desk researcher. Answer with numbers and their sources. Search until you have two
independent sources; then stop. If a search finds nothing new, change the words of the query."""


def research_loop() -> None:
    query = {"query": "heat pump share of new homes Nordics 2025", "max_results": 3}
    replies = [Reply("Let me look for figures.", (Call("web_search", query),), seconds=1.7)]
    replies += [
        Reply(
            "I need a second source, searching again.",
            (Call("web_search", query),),
            seconds=1.1 + i % 3 / 10,
            cached=0.8,
        )
        for i in range(9)
    ]
    stage = Stage("research_same_search_loop", "desk-research", "2026-02-19T07:45:30", replies)
    found = {
        "results": [
            {
                "title": "Heating in new dwellings, yearly table",
                "url": "https://statistics.example/heating/2025",
                "snippet": "Share of new single-family homes with a heat pump: 2023 61 %, 2024 64 %, 2025 n/a",
            }
        ],
        "total": 1,
    }
    tool = Tool(lambda **_: found, "Search the web.", {"query": "string", "max_results": "integer"}, 0.8)
    agent = stage.agent(
        "researcher", "gpt-4o-mini", RESEARCH_SYSTEM, tools={"web_search": tool}, max_turns=10
    )
    with contextlib.suppress(MaxTurnsExceededError):
        agent.run(
            "What share of new homes in the Nordic countries had a heat pump in 2025? Two sources, please."
        )
    stage.finish()


# --- code fix: the context window overflows, is compacted, the answer is cut at max_tokens --------------

CODE_SYSTEM = """You fix failing tests in a Python repository. Read the failing test first, then the code it calls.
Change as little as you can. Answer with one unified diff and one sentence."""

PARSER = '''def parse_duration(text: str) -> float:
    """Seconds in texts like '1h 20m', '90s' or '2.5m'."""
    total = 0.0
    for number, unit in re.findall(r"(\\d+)([hms])", text):
        total += int(number) * {"h": 3600, "m": 60, "s": 1}[unit]
    return total
'''
PYTEST = """=================================== FAILURES ===================================
______________________________ test_fractions __________________________________
    def test_fractions():
>       assert parse_duration("2.5m") == 150
E       assert 300.0 == 150
E        +  where 300.0 = parse_duration('2.5m')
tests/test_duration.py:18: AssertionError
=========================== short test summary info ============================
FAILED tests/test_duration.py::test_fractions - assert 300.0 == 150
1 failed, 41 passed in 0.83s
"""
LOG = "\n".join(
    f"2026-02-20T10:0{i % 10}:{i % 60:02} worker-{i % 4} DEBUG duration cache {'hit' if i % 3 else 'miss'} key={short_hash(i, length=8)}"
    for i in range(220)
)


def code_fix_replies() -> list[Reply]:
    return [
        Reply("I run the failing test first.", (Call("run_tests", {"path": "tests/test_duration.py"}),)),
        Reply(
            calls=(
                Call("read_file", {"path": "duration.py"}),
                Call("read_file", {"path": "logs/worker.log"}),
            ),
            seconds=1.5,
        ),
        Reply(
            "Goal: make `test_fractions` pass. Known: `parse_duration('2.5m')` gives 300 instead of 150, because the pattern "
            r"`(\d+)([hms])` skips the part before the point. The log file is not needed.",
            seconds=2.2,
        ),
        Reply(
            "```diff\n--- a/duration.py\n+++ b/duration.py\n@@ -4,3 +4,3 @@\n"
            r'-    for number, unit in re.findall(r"(\d+)([hms])", text):'
            "\n"
            r'+    for number, unit in re.findall(r"(\d+(?:\.\d+)?)([hms])", text):'
            "\n"
            '-        total += int(number) * {"h": 3600, "m": 60, "s": 1}[unit]\n'
            '+        total += float(number) * {"h": 3600, "m": 6',
            seconds=3.1,
            finish="length",
        ),
    ]


def code_fix() -> None:
    stage = Stage(
        "code_fix_context_overflow",
        "code-fixer",
        "2026-02-20T10:05:00",
        code_fix_replies(),
        context_limit=4096,
    )
    tools = {
        "run_tests": Tool(lambda **_: PYTEST, "Run pytest.", {"path": "string"}, 1.6),
        "read_file": Tool(
            lambda path: PARSER if path.endswith(".py") else LOG, "Read a file.", {"path": "string"}, 0.05
        ),
    }
    agent = stage.agent("code-fixer", "qwen2.5-coder-7b", CODE_SYSTEM, tools=tools)
    compact = stage.agent(
        "compactor", "gpt-4o-mini", "Sum the work up in three sentences for the next model call."
    )
    task = "tests/test_duration.py::test_fractions fails on main since this morning. Please fix it."
    with stage.handler.workflow("fix_test") as workflow:
        workflow.input_messages = [InputMessage("user", [TextPart(task)])]
        try:
            agent.run(task)
        except openai.BadRequestError:
            summary = compact.run(
                "\n\n".join(str(m.get("content") or m.get("tool_calls")) for m in agent.history[:4])
            )
            agent.history, agent.max_tokens = [], 96
            answer = agent.run(f"{task}\n\nWhat is known so far:\n{summary}")
            workflow.output_messages = [
                OutputMessage("assistant", [TextPart(answer)], finish_reason="length")
            ]
    stage.finish()


# --- policy question: thinking, retrieval, cache write and read, all by hand ---------------------------

POLICY_SYSTEM = "You answer staff questions from the travel policy. Quote the paragraph number."


def thinking_and_retrieval() -> None:
    """Two calls of a thinking model with a retrieval between them, hand-instrumented with util-genai."""
    stage = Stage("policy_question_thinking", "policy-bot", "2026-02-23T08:20:11", [])
    handler = stage.handler
    question = "May I take a train in first class to a client four hours away?"
    history = [InputMessage("user", [TextPart(question)])]
    with handler.invoke_local_agent(agent_name="policy-bot", request_model="claude-sonnet-4-5") as agent:
        agent.input_messages = list(history)
        call = ToolCallRequestPart(
            {"query": "train first class duration"}, "search_policy", "toolu_" + short_hash("policy")
        )
        think = (
            "The question is about the class of train travel. The policy has limits by duration, I believe at three "
            "hours, but I must not answer from memory. I should search the policy for trains, class and duration."
        )
        first = OutputMessage("assistant", [ReasoningPart(think), call], finish_reason="tool_call")
        _model_call(stage, history, first, seconds=3.4, cache_write=1216)
        with handler.tool("search_policy", tool_type="function", agent_name="policy-bot") as tool:
            tool.tool_call_id, tool.arguments = call.id, call.arguments
            found = _retrieve(handler)
            tool.tool_result = found
        history += [
            InputMessage("assistant", list(first.parts)),
            InputMessage("tool", [ToolCallResponsePart(found, call.id)]),
        ]
        answer = (
            "**Yes.** Paragraph 4.2: *first class is allowed on journeys of more than three hours.* Book through the desk "
            "so that the seat is included (4.3)."
        )
        last = OutputMessage(
            "assistant",
            [ReasoningPart("4.2 answers it; four hours is above the limit."), TextPart(answer)],
            "stop",
        )
        _model_call(stage, history, last, seconds=2.6, cache_read=1216)
        agent.output_messages = [last]
    stage.finish()


def _retrieve(handler: TelemetryHandler) -> list[dict[str, Any]]:
    rows = [
        {
            "id": "policy-4.2",
            "score": 0.91,
            "text": "4.2 First class is allowed on journeys of more than three hours.",
        },
        {"id": "policy-4.3", "score": 0.74, "text": "4.3 Seats are reserved by the travel desk."},
        {"id": "policy-7.1", "score": 0.38, "text": "7.1 Taxis are refunded after 22:00."},
    ]
    with handler.retrieval(
        data_source_id="travel-policy", provider="local", request_model="bge-small-en-v1.5"
    ) as span:
        CLOCK.advance(0.12)
        span.query_text, span.top_k = "train first class duration", 3
        span.documents = [RetrievalDocument(id=row["id"], score=row["score"]) for row in rows]
    return rows


def _model_call(
    stage: Stage,
    history: list[InputMessage],
    output: OutputMessage,
    *,
    seconds: float,
    cache_write: int = 0,
    cache_read: int = 0,
) -> None:
    with stage.handler.inference(
        "anthropic", request_model="claude-sonnet-4-5", server_address="127.0.0.1"
    ) as call:
        CLOCK.advance(seconds)
        call.max_tokens, call.reasoning_level, call.ttfc_seconds = 2048, "medium", round(seconds * 0.3, 3)
        call.system_instruction = [TextPart(POLICY_SYSTEM)]
        call.input_messages, call.output_messages = list(history), [output]
        call.finish_reasons = [str(output.finish_reason)]
        call.response_model_name, call.response_id = (
            "claude-sonnet-4-5-20250929",
            "msg_" + short_hash(seconds),
        )
        call.input_tokens = 1216 + sum(estimate(str(message.parts)) for message in history)
        call.output_tokens = sum(estimate(str(part)) for part in output.parts)
        call.thinking_tokens = sum(
            estimate(part.content) for part in output.parts if isinstance(part, ReasoningPart)
        )
        call.cache_write_input_tokens, call.cache_read_input_tokens = cache_write, cache_read


STORIES: tuple[Callable[[], None], ...] = (
    travel_agent_timeout,
    support_refund,
    research_loop,
    code_fix,
    thinking_and_retrieval,
)

if __name__ == "__main__":
    for tell in STORIES:
        tell()
