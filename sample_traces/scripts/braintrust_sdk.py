"""Braintrust: the SDK's rows as its background logger would send them, a start and an end of each span apart."""

from __future__ import annotations

import json
import os

from fixed_world import CLOCK, Ids, without_network_settings, write

without_network_settings()
os.environ["BRAINTRUST_API_KEY"] = "none"

import braintrust  # noqa: E402
from braintrust import logger as sdk  # noqa: E402
from braintrust.test_helpers import init_test_logger  # noqa: E402
from stub_model import Call, Reply, StubModel  # noqa: E402

REPLIES = [
    Reply(calls=(Call("exchange_rate", {"base": "EUR", "quote": "CHF"}),)),
    Reply("120 EUR are 113.40 CHF.", cached=0.4),
    Reply(calls=(Call("exchange_rate", {"base": "EUR", "quote": "XXX"}),)),
]
TOOL = {
    "type": "function",
    "function": {
        "name": "exchange_rate",
        "description": "Today's rate.",
        "parameters": {
            "type": "object",
            "properties": {"base": {"type": "string"}, "quote": {"type": "string"}},
        },
    },
}
CLIENT = braintrust.wrap_openai(StubModel(REPLIES, "braintrust").client())
RATES = {"CHF": 0.945}


@braintrust.traced(type="tool")
def exchange_rate(base: str, quote: str) -> float:
    CLOCK.advance(0.4)
    if quote not in RATES:
        raise LookupError(f"no rate from {base} to {quote}")
    return RATES[quote]


@braintrust.traced(type="task")
def convert(question: str) -> str:
    braintrust.current_span().log(metadata={"session_id": "desk-3", "user_id": "mia"}, tags=["currency"])
    messages: list[dict[str, object]] = [{"role": "user", "content": question}]
    while True:
        answer = CLIENT.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[TOOL])
        reply = answer.choices[0].message
        messages.append(reply.to_dict())
        if not reply.tool_calls:
            return reply.content or ""
        for call in reply.tool_calls:
            rate = exchange_rate(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": str(rate)})


def main() -> None:
    CLOCK.install("braintrust", "openai")
    Ids("braintrust").install("braintrust")
    CLOCK.set("2026-04-07T14:05:00")
    with sdk._internal_with_memory_background_logger() as memory:
        logger = init_test_logger("currency-desk")
        with logger.start_span("first question", type="eval") as span:
            span.log(output=convert("How much is 120 EUR in CHF?"), scores={"exact": 1, "polite": 0.8})
        try:
            convert("And 50 EUR in XXX?")
        except LookupError:
            CLOCK.advance(0.1)
        rows = [item.get() for item in memory.logs]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    write("braintrust/currency_desk_rows.jsonl", "\n".join(lines) + "\n")
    merged = sdk.merge_row_batch(rows)
    for row in merged:
        row.pop("_is_merge", None)
    write(
        "braintrust/currency_desk_events.json", json.dumps({"events": merged}, indent=1, ensure_ascii=False)
    )
    alone = [
        {key: value for key, value in row.items() if key not in ("span_id", "root_span_id", "span_parents")}
        for row in merged
    ]
    write("braintrust/currency_desk_ui.json", json.dumps(alone, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
