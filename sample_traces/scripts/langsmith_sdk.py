"""LangSmith: what the SDK posts, what the API lists, what the CLI writes, what bulk export writes.

The real `langsmith` client sends its POST and PATCH requests to an in-process transport, which keeps the bodies.
From these captured runs `langsmith_shapes.py` builds the other three shapes by hand.
"""

from __future__ import annotations

import copy
import json
import os
import platform
import random
from typing import Annotated, Any, TypedDict

from fixed_world import CLOCK, Ids, short_hash, without_network_settings

without_network_settings()
os.environ["LANGSMITH_TRACING"] = "true"
os.environ["LANGSMITH_REVISION_ID"] = "2026.3.1"
platform.platform = lambda *_args, **_kwargs: "Linux"  # the SDK would write this machine's kernel

import langgraph.pregel.main  # noqa: E402, F401 (imported so that the clock reaches it)
import requests  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage, ToolMessage  # noqa: E402
from langchain_core.retrievers import BaseRetriever  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_core.tracers import LangChainTracer  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402
from langgraph.graph import END, START, StateGraph  # noqa: E402
from langgraph.graph.message import add_messages  # noqa: E402
from langgraph.types import RetryPolicy  # noqa: E402
from langsmith import Client, traceable, tracing_context  # noqa: E402
from langsmith.wrappers import wrap_openai  # noqa: E402

import langsmith_shapes as shapes  # noqa: E402
from stub_model import BASE_URL, Call, Reply, StubModel  # noqa: E402

PACKAGES = ("langsmith", "langchain_core", "langchain_openai", "langgraph")


class Recorder(requests.adapters.BaseAdapter):
    """Answers every request of the client with 202 and keeps the bodies."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response.request, response.url = 202, request, request.url or ""
        response._content = b"{}"
        if request.body:
            self.bodies.append(
                {"method": request.method, "path": request.path_url, "body": json.loads(request.body)}
            )
        return response

    def close(self) -> None:
        """Nothing is open."""


class Stage:
    """One story: stub model, recorder, client."""

    def __init__(self, story: str, project: str, start: str, replies: list[Reply]) -> None:
        self.story, self.project = story, project
        CLOCK.set(start)
        CLOCK.install(*PACKAGES)
        Ids(story).install(*PACKAGES)
        random.seed(story)  # checkpoint ids of langgraph
        self.stub = StubModel(replies, story)
        self.recorder = Recorder()
        self.client = Client(
            api_url="http://127.0.0.1:1984",
            api_key="none",
            auto_batch_tracing=False,
            info={"version": "0.15", "batch_ingest_config": {"use_multipart_endpoint": False}},
        )
        self.client.session.mount("http://", self.recorder)
        self.tracer = LangChainTracer(project_name=project, client=self.client)

    def chat(self, model: str, **more: Any) -> ChatOpenAI:
        client = self.stub.client()
        return ChatOpenAI(
            model=model,
            api_key="none",
            base_url=BASE_URL,
            http_client=client._client,
            max_retries=0,
            temperature=0,
            **more,
        )

    def batches(self, bodies: list[dict[str, Any]], size: int = 7) -> list[dict[str, Any]]:
        """The same records through the SDK's own batch request, `POST /runs/batch`, some records at a time."""
        self.recorder.bodies = []
        for at in range(0, len(bodies), size):
            chunk = copy.deepcopy(bodies[at : at + size])
            created, updated = (
                [item["body"] for item in chunk if item["method"] == m] for m in ("POST", "PATCH")
            )
            self.client.batch_ingest_runs(create=created, update=updated)
        return [item["body"] for item in self.recorder.bodies]

    def bodies(self) -> list[dict[str, Any]]:
        assert self.stub.served == len(self.stub.replies), f"{self.story}: unused replies"
        return self.recorder.bodies


class State(TypedDict, total=False):
    """What the graphs hand from node to node."""

    messages: Annotated[list[AnyMessage], add_messages]
    topic: str
    passages: list[str]


# --- support: classify, retrieve, look the invoice up (fails once, is retried), answer --------------------


class Handbook(BaseRetriever):
    """A retriever over three fixed passages."""

    def _get_relevant_documents(self, _query: str, *, run_manager: Any) -> list[Document]:  # noqa: ARG002
        CLOCK.advance(0.15)
        texts = {
            "billing-3": "A double charge is refunded at once when both charges are captured.",
            "billing-7": "Invoices are corrected within the same month.",
        }
        return [
            Document(
                page_content=text, metadata={"source": f"handbook/{key}.md", "score": 0.93 - 0.1 * place}
            )
            for place, (key, text) in enumerate(texts.items())
        ]


def support_retry() -> list[dict[str, Any]]:
    invoice = {"invoice": "INV-2026-0318"}
    replies = [
        Reply("billing", seconds=0.7),
        Reply(calls=(Call("get_invoice", invoice),), seconds=1.1),
        Reply(
            "You were charged twice for `INV-2026-0318`: **49.00 €** on 3 March and again on 4 March.\n\n"
            "1. I have asked for the refund of the second charge.\n2. It reaches your account within 5 working days.",
            seconds=1.9,
            cached=0.5,
        ),
    ]
    stage = Stage("support_retry", "support-desk", "2026-03-10T10:20:00", replies)
    asked = 0

    @tool
    def get_invoice(invoice: str) -> str:
        """The charges of one invoice."""
        nonlocal asked
        asked += 1
        CLOCK.advance(0.8)
        if asked == 1:
            raise ConnectionError("billing database: connection reset by peer")
        charges = [{"day": "2026-03-03", "eur": 49.0}, {"day": "2026-03-04", "eur": 49.0}]
        return json.dumps({"invoice": invoice, "charges": charges, "captured": 2})

    model = stage.chat("gpt-4o").bind_tools([get_invoice])
    small = stage.chat("gpt-4o-mini")

    def classify(state: State) -> State:
        ask = [SystemMessage("Answer with one word: billing, delivery or other."), *state["messages"]]
        return {"topic": str(small.invoke(ask).content)}

    def retrieve(state: State) -> State:
        found = Handbook().invoke(str(state["messages"][-1].content))
        return {"passages": [document.page_content for document in found]}

    def answer(state: State) -> State:
        system = SystemMessage(
            "You help customers with invoices. Rules:\n- " + "\n- ".join(state["passages"])
        )
        return {"messages": [model.invoke([system, *state["messages"]])]}

    def tools(state: State) -> State:
        calls = state["messages"][-1].tool_calls
        return {"messages": [get_invoice.invoke({**call, "type": "tool_call"}) for call in calls]}

    graph = StateGraph(State)
    for node in (classify, retrieve, answer):
        graph.add_node(node)
    graph.add_node(
        "tools", tools, retry_policy=RetryPolicy(initial_interval=0.01, jitter=False, max_attempts=3)
    )
    graph.add_edge(START, "classify").add_edge("classify", "retrieve").add_edge("retrieve", "answer")
    graph.add_conditional_edges(
        "answer", lambda s: "tools" if s["messages"][-1].tool_calls else END, ["tools", END]
    )
    graph.add_edge("tools", "answer")
    prompt = "I was charged twice for invoice INV-2026-0318. Please fix that."
    graph.compile(name="support-graph").invoke(
        {"messages": [HumanMessage(prompt, id="m-1")]}, _config(stage, "chat-901")
    )
    return stage.bodies()


def _config(stage: Stage, thread: str) -> dict[str, Any]:
    return {
        "callbacks": [stage.tracer],
        "metadata": {"thread_id": thread, "user_id": "u-118"},
        "tags": ["sample"],
        "max_concurrency": 1,
    }


# --- travel: search_flights times out three levels down ---------------------------------------------------


def travel_stage() -> Stage:
    leg = {"origin": "VIE", "destination": "ATH", "date": "2026-05-04"}
    replies = [
        Reply(
            "I start with the flights.",
            (Call("plan_flights", {"route": "VIE-ATH", "day": "2026-05-04"}),),
            seconds=1.5,
        ),
        Reply(calls=(Call("search_flights", leg),), seconds=0.9),
    ]
    return Stage("travel_timeout", "travel-desk", "2026-03-11T07:30:00", replies)


def travel_timeout(stage: Stage) -> list[dict[str, Any]]:

    @tool
    def search_flights(origin: str, destination: str, date: str) -> str:
        """Search fares for one direction and day."""
        CLOCK.advance(9.0)
        raise TimeoutError(f"upstream did not answer in 9 s ({origin}-{destination}, {date})")

    desk_model = stage.chat("gpt-4o-mini").bind_tools([search_flights])

    def ask_desk(state: State) -> State:
        return {
            "messages": [desk_model.invoke([SystemMessage("You are the flight desk."), *state["messages"]])]
        }

    def search(state: State) -> State:
        call = state["messages"][-1].tool_calls[0]
        return {"messages": [ToolMessage(search_flights.invoke(call["args"]), tool_call_id=call["id"])]}

    desk = StateGraph(State).add_node("ask_desk", ask_desk).add_node("search", search)
    desk.add_edge(START, "ask_desk").add_edge("ask_desk", "search").add_edge("search", END)
    flight_desk = desk.compile(name="flight-desk")

    @tool
    def plan_flights(route: str, day: str) -> str:
        """Let the flight desk find flights."""
        out = flight_desk.invoke(
            {"messages": [HumanMessage(f"{route} on {day}, direct, under 250 EUR", id="m-2")]}
        )
        return str(out["messages"][-1].content)

    model = stage.chat("gpt-4o").bind_tools([plan_flights])

    def plan(state: State) -> State:
        return {
            "messages": [
                model.invoke(
                    [SystemMessage("You plan trips. Flights first, then hotels."), *state["messages"]]
                )
            ]
        }

    def work(state: State) -> State:
        call = state["messages"][-1].tool_calls[0]
        return {"messages": [plan_flights.invoke({**call, "type": "tool_call"})]}

    graph = StateGraph(State).add_node("plan", plan).add_node("work", work)
    graph.add_edge(START, "plan").add_edge("plan", "work").add_edge("work", END)
    prompt = "A long weekend in Athens from 4 May 2026 for two, please."
    try:
        graph.compile(name="travel-agent").invoke(
            {"messages": [HumanMessage(prompt, id="m-1")]}, _config(stage, "trip-athens")
        )
    except TimeoutError:
        return stage.bodies()
    raise AssertionError("the search must time out")


# --- release notes: @traceable functions and wrap_openai, no framework -------------------------------------


def release_notes() -> list[dict[str, Any]]:
    replies = [
        Reply('{"group": "fix", "title": "Durations such as 2.5m are read in full"}', seconds=0.8),
        Reply('{"group": "feature", "title": "Orders can be exported as CSV"}', seconds=0.9),
        Reply(
            "## 2.8.0\n\n**New**\n- Orders can be exported as CSV\n\n**Fixed**\n- Durations such as `2.5m` are read in full",
            seconds=1.8,
        ),
    ]
    stage = Stage("release_notes", "release-notes", "2026-03-12T13:00:00", replies)
    openai_client = wrap_openai(stage.stub.client())

    def ask(model: str, system: str, text: str) -> str:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
        return (
            openai_client.chat.completions.create(model=model, messages=messages).choices[0].message.content
            or ""
        )

    @traceable(run_type="tool")
    def list_commits(since: str) -> list[dict[str, str]]:
        CLOCK.advance(0.3)
        rows = [
            ("fix: read fractions in durations", "2.5m was read as 5m, see test_fractions"),
            ("feat: export orders as CSV", "new button on the orders page; UTF-8 with BOM"),
        ]
        return [
            {"commit": short_hash(since, title, length=10), "title": title, "body": body}
            for title, body in rows
        ]

    @traceable(run_type="chain")
    def classify(commit: dict[str, str]) -> dict[str, str]:
        system = "Classify a commit: JSON with group (feature, fix, other) and a title for customers."
        return json.loads(ask("gpt-4o-mini", system, f"{commit['title']}\n\n{commit['body']}"))

    @traceable(
        run_type="chain",
        name="write-release-notes",
        metadata={"thread_id": "release-2.8.0"},
        tags=["nightly"],
    )
    def notes(version: str, since: str) -> str:
        rows = [classify(commit) for commit in list_commits(since)]
        return ask("gpt-4o", f"Write Markdown release notes for {version}.", json.dumps(rows))

    with tracing_context(enabled=True, client=stage.client, project_name=stage.project):
        notes("2.8.0", "v2.7.3")
    return stage.bodies()


def main() -> None:
    stage = travel_stage()
    travel = travel_timeout(stage)
    captured = {
        "support_retry": ("support-desk", support_retry()),
        "travel_timeout": ("travel-desk", travel),
        "release_notes": ("release-notes", release_notes()),
    }
    shapes.write_all(captured, stage.batches(travel))


if __name__ == "__main__":
    main()
