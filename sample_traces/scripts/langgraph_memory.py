"""LangGraph: the history of a thread whose state two nodes write at once, that is compacted, and that forks.

The graph is of plain functions; `history_memory.json` is what `get_state_history` gives, a subgraph's states with it.
"""

from __future__ import annotations

import json
import operator
from typing import Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph_history import OUT, fixed, plain, snapshot
from typing_extensions import TypedDict


def last_wins(_: Any, new: Any) -> Any:
    return new


class Desk(TypedDict, total=False):
    """The state of the graph."""

    messages: Annotated[list[AnyMessage], add_messages]
    findings: Annotated[list[str], operator.add]
    best: Annotated[str, last_wins]
    profile: dict[str, Any]
    rounds: int


def plan(_: Desk) -> dict[str, Any]:
    return {"messages": [AIMessage("I ask two desks.")], "profile": {"name": "Ada", "tz": "CET"}, "rounds": 1}


def rail(_: Desk) -> dict[str, Any]:
    return {"findings": ["NJ 466, 79 EUR"], "best": "rail"}


def air(_: Desk) -> dict[str, Any]:
    return {"findings": ["OS 231, 140 EUR"], "best": "air"}


def compact(state: Desk) -> dict[str, Any]:
    gone = [RemoveMessage(id=message.id or "") for message in state["messages"][:-1]]
    return {"messages": [*gone, AIMessage("Summary: two offers.")], "profile": {"name": "Ada"}, "rounds": 1}


def weigh(state: Desk) -> dict[str, Any]:
    return {"findings": [f"cheapest of {len(state['findings'])}"], "rounds": state["rounds"] + 1}


def answer(state: Desk) -> dict[str, Any]:
    return {"messages": [AIMessage(f"Take the {state['best']}.")]}


def graph() -> Any:
    inner = StateGraph(Desk)
    inner.add_node("weigh", weigh)
    inner.add_edge(START, "weigh")
    built = StateGraph(Desk)
    for node in (plan, rail, air, compact, answer):
        built.add_node(node.__name__, node)
    built.add_node("judge", inner.compile(checkpointer=True))
    built.add_edge(START, "plan")
    built.add_edge("plan", "rail")
    built.add_edge("plan", "air")
    built.add_edge(["rail", "air"], "compact")
    built.add_edge("compact", "judge")
    built.add_edge("judge", "answer")
    built.add_edge("answer", END)
    return built.compile(checkpointer=InMemorySaver())


def stream() -> None:
    """The second version of the streams, with the subgraph's own parts."""
    config = {"configurable": {"thread_id": "travel-desk-4"}}
    asked = {"messages": [HumanMessage("Vienna to Venice, please")], "rounds": 0}
    parts = graph().stream(asked, config, stream_mode=["checkpoints", "tasks"], version="v2", subgraphs=True)
    text = "\n".join(json.dumps(part, default=plain) for part in parts)
    (OUT / "stream_v2_memory.jsonl").write_text(fixed(text) + "\n", encoding="utf-8")


def main() -> None:
    stream()
    app = graph()
    config = {"configurable": {"thread_id": "travel-desk-3"}}
    app.invoke({"messages": [HumanMessage("Vienna to Venice, please")], "rounds": 0}, config)
    before = next(state for state in app.get_state_history(config) if state.next == ("answer",))
    app.invoke(None, app.update_state(before.config, {"best": "bus"}))
    app.invoke({"messages": [HumanMessage("Thanks")]}, config)
    history = [snapshot(state) for state in app.get_state_history(config)]
    text = json.dumps(history, default=plain, indent=1)
    (OUT / "history_memory.json").write_text(fixed(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
