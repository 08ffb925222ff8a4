"""OpenAI Agents SDK: a TracingProcessor that writes `json.dumps(item.export())`, with and without newlines."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fixed_world import CLOCK, Ids, short_hash, without_network_settings, write

without_network_settings()

from agents import (  # noqa: E402
    Agent,
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    TResponseInputItem,
    UserError,
    function_tool,
    handoff,
    input_guardrail,
    set_trace_processors,
    trace,
)
from agents.tracing import Span, Trace, TracingProcessor  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from stub_model import Call, Reply, StubModel  # noqa: E402


class FileProcessor(TracingProcessor):
    """Keeps exported items as text. `separator` is "" in the widely copied recipe, which forgets newlines."""

    def __init__(self, separator: str = "\n", log_starts: bool = False) -> None:
        self.separator, self.log_starts, self.text = separator, log_starts, ""

    def _log(self, item: Trace | Span[Any]) -> None:
        self.text += json.dumps(item.export()) + self.separator

    def on_trace_start(self, trace: Trace) -> None:
        if self.log_starts:
            self._log(trace)

    def on_trace_end(self, trace: Trace) -> None:
        self._log(trace)

    def on_span_start(self, span: Span[Any]) -> None:
        if self.log_starts:
            self._log(span)

    def on_span_end(self, span: Span[Any]) -> None:
        self._log(span)

    def shutdown(self) -> None:
        """Nothing is held open."""

    def force_flush(self) -> None:
        """Nothing is buffered."""


def begin(story: str, start: str, replies: list[Reply], processor: FileProcessor) -> StubModel:
    CLOCK.set(start)
    CLOCK.install("agents")
    Ids(story).install("agents")
    set_trace_processors([processor])
    return StubModel(replies, story)


def settings(group: str, **metadata: str) -> RunConfig:
    return RunConfig(group_id=group, trace_metadata=metadata, trace_include_sensitive_data=True)


# --- support: triage hands over to refunds, then a second question in the same thread ---------------------

ORDER = {
    "order_id": "B-2210",
    "delivered": "2026-03-02",
    "lines": [{"sku": "MUG-7", "title": "Enamel mug, blue", "qty": 4, "eur": 12.5}],
    "paid_eur": 50.0,
}


@function_tool
def get_order(order_id: str) -> str:
    """Look an order up by its number."""
    CLOCK.advance(0.35)
    return json.dumps({**ORDER, "order_id": order_id})


@function_tool
def issue_refund(order_id: str, sku: str, quantity: int, reason: str) -> str:
    """Refund some pieces of one line of an order."""
    CLOCK.advance(1.2)
    done = {"refund": "RF-60418", "order_id": order_id, "sku": sku, "eur": 12.5 * quantity, "reason": reason}
    return json.dumps(done)


async def support_handoff() -> str:
    order = {"order_id": "B-2210"}
    refund = {"order_id": "B-2210", "sku": "MUG-7", "quantity": 2, "reason": "chipped on arrival"}
    replies = [
        Reply(calls=(Call("transfer_to_refunds", {}),), seconds=0.9),
        Reply(calls=(Call("get_order", order),), seconds=1.1),
        Reply(
            "The order is 10 days old, so chipped mugs are covered.",
            (Call("issue_refund", refund),),
            seconds=1.6,
        ),
        Reply(
            "I am sorry about the two chipped mugs. **25.00 €** are on their way back to you (reference `RF-60418`), "
            "it takes 3 to 5 working days. Please keep or recycle the mugs.",
            seconds=1.7,
            cached=0.6,
        ),
        Reply(
            "You are welcome! Replacements are in stock again from Monday; shall I put two aside?",
            seconds=1.0,
            cached=0.7,
        ),
    ]
    processor = FileProcessor()
    stub = begin("support_handoff", "2026-03-12T16:02:10", replies, processor)
    model = OpenAIChatCompletionsModel("gpt-4o-mini", stub.async_client())
    refunds = Agent(
        name="refunds",
        instructions="You handle refunds. Look the order up first. Refund what was damaged on arrival within 30 days.",
        tools=[get_order, issue_refund],
        model=OpenAIChatCompletionsModel("gpt-4o", stub.async_client()),
        model_settings=ModelSettings(temperature=0.1),
    )
    orders = Agent(name="orders", instructions="You answer questions about deliveries.", model=model)
    triage = Agent(
        name="triage",
        instructions="Decide who can help: refunds for money back, orders for deliveries. Hand over at once.",
        handoffs=[handoff(refunds), handoff(orders)],
        model=model,
    )
    prompt = "Two of the four mugs in order B-2210 are chipped. I would like the money back for those two."
    config = settings("thread_" + short_hash("support"), channel="chat", release="2026.3")
    first = await Runner.run(triage, prompt, run_config=config)
    CLOCK.advance(47)
    items = [
        *first.to_input_list(),
        {"role": "user", "content": "Thank you, that was quick. Will you have new ones?"},
    ]
    await Runner.run(first.last_agent, items, run_config=config)
    return processor.text


# --- maths tutor: an input guardrail stops the run ---------------------------------------------------------


class Verdict(BaseModel):
    """What the guardrail's own agent answers."""

    asks_for_homework: bool
    reason: str


async def guardrail_trip() -> str:
    verdict = {"asks_for_homework": True, "reason": "The text is an exercise sheet with numbered questions."}
    replies = [
        Reply(json.dumps({"asks_for_homework": False, "reason": "A question about a concept."}), seconds=0.7),
        Reply(
            "A derivative is the slope of the curve at a point: how fast the value changes there.",
            seconds=1.5,
        ),
        Reply(json.dumps(verdict), seconds=0.8),
    ]
    processor = FileProcessor()
    stub = begin("tutor_guardrail", "2026-03-13T18:40:00", replies, processor)
    model = OpenAIResponsesModel("gpt-4o-mini", stub.async_client())
    checker = Agent(
        name="homework check",
        instructions="Say whether the user wants homework to be done for them.",
        output_type=Verdict,
        model=model,
    )

    @input_guardrail(name="no_homework", run_in_parallel=False)
    async def no_homework(
        context: Any, _agent: Agent[Any], text: str | list[TResponseInputItem]
    ) -> GuardrailFunctionOutput:
        result = await Runner.run(checker, text, context=context.context)
        return GuardrailFunctionOutput(
            result.final_output.model_dump(), result.final_output.asks_for_homework
        )

    tutor = Agent(
        name="maths tutor",
        instructions="You explain maths to pupils. You never solve their homework.",
        input_guardrails=[no_homework],
        model=OpenAIResponsesModel("gpt-4o", stub.async_client()),
    )
    config = settings("thread_" + short_hash("tutor"))
    await Runner.run(tutor, "What is a derivative, in one sentence?", run_config=config)
    CLOCK.advance(90)
    sheet = "Exercise sheet 4\n1. 2x + 1 = 7\n2. x^2 - 3x - 10 = 0\n3. 5x = 0\nPlease write the answers, I hand it in at 8."
    with contextlib.suppress(InputGuardrailTripwireTriggered):
        await Runner.run(tutor, sheet, run_config=config)
    return processor.text


# --- travel: search_flights does not answer; the error ends the run ------------------------------------------


@function_tool
async def get_weather(city: str, date: str) -> str:
    """Forecast for one day."""
    CLOCK.advance(0.4)
    return json.dumps({"city": city, "date": date, "max_c": 12, "rain_mm": 0.4})


@function_tool(failure_error_function=None)
def search_flights(origin: str, destination: str, date: str) -> str:
    """Search fares for one direction and day."""
    CLOCK.advance(9.0)
    raise TimeoutError(f"upstream did not answer in 9 s ({origin}-{destination}, {date})")


@function_tool
async def search_trains(origin: str, destination: str, date: str) -> str:
    """Search train connections."""
    CLOCK.advance(1.1)
    found = [{"train": "ZZ 466", "departs": f"{date}T21:40", "arrives": "07:20 next day", "eur": 79}]
    return json.dumps({"origin": origin, "destination": destination, "connections": found})


async def travel_timeout(separator: str) -> str:
    leg = {"origin": "VIE", "destination": "OSL", "date": "2026-04-20"}
    replies = [
        Reply(
            calls=(Call("get_weather", {"city": "Oslo", "date": "2026-04-20"}), Call("search_trains", leg)),
            seconds=1.8,
        ),
        Reply(
            "No train on that day fits; the flight desk can help.",
            (Call("transfer_to_flight_desk", {}),),
            seconds=1.2,
        ),
        Reply(calls=(Call("search_flights", leg),), seconds=0.9),
    ]
    processor = FileProcessor(separator)
    stub = begin("travel_timeout", "2026-03-16T08:15:30", replies, processor)
    model = OpenAIChatCompletionsModel("gpt-4o", stub.async_client())
    desk = Agent(
        name="flight desk", instructions="Find one direct flight.", tools=[search_flights], model=model
    )
    planner = Agent(
        name="travel planner",
        instructions="Plan trips: weather first, trains before flights. Hand flights over to the flight desk.",
        tools=[get_weather, search_trains],
        handoffs=[desk],
        model=model,
    )
    try:
        with trace("Plan a trip to Oslo", group_id="trip-oslo", metadata={"user": "u-118"}):
            await Runner.run(planner, "Get me from Vienna to Oslo on 20 April 2026, as cheap as you can.")
    except UserError as error:  # the SDK's wrapper of the tool's error
        if not isinstance(error.__cause__, TimeoutError):
            raise
    return processor.text


# --- currency: a call that fails is tried again; then another agent loops until max_turns ---------------------


async def retry_and_loop() -> str:
    asked = 0

    @function_tool
    def exchange_rate(base: str, quote: str) -> str:
        """Today's rate from the bank feed."""
        nonlocal asked
        asked += 1
        CLOCK.advance(0.6)
        if asked == 1:
            raise ConnectionError("bank feed answered 502 Bad Gateway")
        return json.dumps({"base": base, "quote": quote, "rate": 11.4125, "as_of": "2026-03-17"})

    @function_tool
    def stock_level(sku: str) -> str:
        """Pieces in the warehouse."""
        CLOCK.advance(0.3)
        return json.dumps({"sku": sku, "status": "counting", "pieces": None})

    pair = {"base": "EUR", "quote": "NOK"}
    replies = [
        Reply(calls=(Call("exchange_rate", pair),), seconds=1.0),
        Reply("The feed was down for a moment, once more.", (Call("exchange_rate", pair),), seconds=0.9),
        Reply("250 EUR are **2,853.13 NOK** at today's rate of 11.4125.", seconds=1.2),
        *[Reply(calls=(Call("stock_level", {"sku": "MUG-7"}),), seconds=0.8) for _ in range(8)],
    ]
    processor = FileProcessor(log_starts=True)
    stub = begin("retry_and_loop", "2026-03-17T11:00:00", replies, processor)
    model = OpenAIChatCompletionsModel("gpt-4o-mini", stub.async_client())
    cashier = Agent(
        name="cashier", instructions="Convert money. Retry once.", tools=[exchange_rate], model=model
    )
    await Runner.run(cashier, "How much is 250 EUR in Norwegian crowns?", run_config=settings("desk-1"))
    CLOCK.advance(12)
    keeper = Agent(
        name="stock keeper", instructions="Say how many pieces there are.", tools=[stock_level], model=model
    )
    with contextlib.suppress(MaxTurnsExceeded):
        await Runner.run(
            keeper, "How many blue mugs (MUG-7) are left?", run_config=settings("desk-1"), max_turns=8
        )
    return processor.text


STORIES: dict[str, Callable[[], Awaitable[str]]] = {
    "support_handoff.jsonl": support_handoff,
    "tutor_guardrail_trip.jsonl": guardrail_trip,
    "travel_timeout.jsonl": lambda: travel_timeout("\n"),
    "travel_timeout_no_newlines.json": lambda: travel_timeout(""),
    "retry_and_loop_start_and_end.jsonl": retry_and_loop,
}

if __name__ == "__main__":
    for name, tell in STORIES.items():
        write(f"openai_agents/{name}", asyncio.run(tell()))
