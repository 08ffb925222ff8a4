"""LangGraph: the history of a thread's state and its debug stream, from a graph of plain functions.

Ids and times come from the library; they are replaced afterwards by fixed ones in the same order.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

OUT = Path(__file__).resolve().parent.parent / "langgraph"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")


class Order(MessagesState, total=False):
    """The state of the graph."""

    refund_eur: int


def agent(state: Order) -> dict[str, Any]:
    last = state["messages"][-1]
    told = {"response_metadata": {"model_name": "gpt-4o", "finish_reason": "stop"}}
    usage = {"input_tokens": 60 + 20 * len(state["messages"]), "output_tokens": 18}
    usage["total_tokens"] = sum(usage.values())
    if isinstance(last, ToolMessage) and last.status == "success":
        return {
            "messages": [
                AIMessage("The order was 42 EUR; I ask for a refund.", usage_metadata=usage, **told)
            ],
            "refund_eur": 42,
        }
    number = "A-17" if isinstance(last, ToolMessage) else "A17"
    call = {"name": "find_order", "args": {"number": number}, "id": f"call_{number}"}
    return {"messages": [AIMessage("", tool_calls=[call], usage_metadata=usage, **told)]}


def tools(state: Order) -> dict[str, Any]:
    call = state["messages"][-1].tool_calls[0]
    found = call["args"]["number"] == "A-17"
    said = '{"total_eur": 42}' if found else "no order has the number A17"
    return {
        "messages": [
            ToolMessage(
                said, tool_call_id=call["id"], name="find_order", status="success" if found else "error"
            )
        ]
    }


def approve(state: Order) -> dict[str, Any]:
    answer = interrupt({"question": f"Refund {state['refund_eur']} EUR?"})
    return {"messages": [AIMessage("Refunded." if answer == "yes" else "Not refunded.")]}


def graph() -> Any:
    built = StateGraph(Order)
    built.add_node("agent", agent)
    built.add_node("tools", tools)
    built.add_node("approve", approve)
    built.add_edge(START, "agent")
    built.add_conditional_edges(
        "agent", lambda state: "tools" if state["messages"][-1].tool_calls else "approve"
    )
    built.add_edge("tools", "agent")
    built.add_edge("approve", END)
    return built.compile(checkpointer=InMemorySaver())


def fixed(text: str) -> str:
    """The text with its ids numbered and its times a second apart, in the order they have."""
    ids = {
        found: str(uuid.uuid5(uuid.NAMESPACE_URL, f"langgraph-{number}"))
        for number, found in enumerate(dict.fromkeys(_UUID.findall(text)))
    }
    start = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
    times = {
        found: (start + timedelta(seconds=1.25 * number)).isoformat(timespec="microseconds")
        for number, found in enumerate(sorted(set(_TIME.findall(text))))
    }
    return _TIME.sub(lambda found: times[found[0]], _UUID.sub(lambda found: ids[found[0]], text))


def plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump()
    return {"value": value.value, "id": value.id} if hasattr(value, "value") else str(value)


def snapshot(state: Any) -> dict[str, Any]:
    return {**state._asdict(), "tasks": [task._asdict() for task in state.tasks]}


def main() -> None:
    OUT.mkdir(exist_ok=True)
    app = graph()
    config = {"configurable": {"thread_id": "order-desk-7"}}
    asked = {"messages": [HumanMessage("Please refund order A17")]}
    lines = [json.dumps(part, default=plain) for part in app.stream(asked, config, stream_mode="debug")]
    (OUT / "debug_stream_paused.jsonl").write_text(fixed("\n".join(lines)) + "\n", encoding="utf-8")
    app.invoke(Command(resume="no"), config)
    before = next(state for state in app.get_state_history(config) if state.next == ("approve",))
    forked = app.update_state(before.config, {"refund_eur": 21})
    app.invoke(None, forked)
    history = [snapshot(state) for state in app.get_state_history(config)]
    (OUT / "history_refund_fork.json").write_text(
        fixed(json.dumps(history, default=plain, indent=1)) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
