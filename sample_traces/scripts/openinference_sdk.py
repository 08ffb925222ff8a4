"""OTLP/JSON lines with OpenInference attributes: LangGraph and the OpenAI client under OpenInference instrumentation.

`phoenix_export.py` sends the same spans through a real Phoenix.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any, TypedDict

from fixed_world import CLOCK, Ids, short_hash, without_network_settings, write

without_network_settings()

import langgraph.pregel.main  # noqa: E402, F401 (imported so that the clock reaches it)
from langchain_core.documents import Document  # noqa: E402
from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage  # noqa: E402
from langchain_core.retrievers import BaseRetriever  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.graph import END, START, StateGraph  # noqa: E402
from langgraph.graph.message import add_messages  # noqa: E402
from langgraph.types import Command, interrupt  # noqa: E402
from openinference.instrumentation import using_attributes  # noqa: E402
from openinference.instrumentation.langchain import LangChainInstrumentor  # noqa: E402
from openinference.instrumentation.openai import OpenAIInstrumentor  # noqa: E402
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402

from pictures import damaged_photo  # noqa: E402
from stub_model import BASE_URL, Call, Reply, StubModel  # noqa: E402

PACKAGES = ("opentelemetry", "openinference", "langchain_core", "langchain_openai", "langgraph")


class State(TypedDict, total=False):
    """What the graphs hand from node to node."""

    question: str
    queries: list[str]
    notes: list[str]
    draft: str
    critique: str
    rounds: int
    messages: Annotated[list[AnyMessage], add_messages]


class Stage:
    """One file: a tracer provider that writes to memory, and stub models."""

    def __init__(self, story: str, start: str, project: str) -> None:
        self.story = story
        random.seed(story)
        CLOCK.set(start)
        CLOCK.install(*PACKAGES)
        Ids(story).install(*PACKAGES)
        self.text = io.StringIO()
        facts = {"service.name": project, "openinference.project.name": project}
        facts |= {"telemetry.sdk.language": "python", "telemetry.sdk.version": version("opentelemetry-sdk")}
        self.provider = TracerProvider(
            resource=Resource(facts), id_generator=Ids(story), shutdown_on_exit=False
        )
        self.provider.add_span_processor(BatchSpanProcessor(FileSpanExporter(stream=self.text)))
        self.stubs: list[StubModel] = []

    def stub(self, replies: list[Reply]) -> StubModel:
        self.stubs.append(StubModel(replies, f"{self.story}-{len(self.stubs)}"))
        return self.stubs[-1]

    def finish(self) -> None:
        self.provider.force_flush()
        assert all(stub.served == len(stub.replies) for stub in self.stubs), f"{self.story}: unused replies"
        write(f"otlp/{self.story}.jsonl", self.text.getvalue())


def chat(stub: StubModel, model: str) -> ChatOpenAI:
    client = stub.client()._client
    return ChatOpenAI(
        model=model, api_key="none", base_url=BASE_URL, http_client=client, max_retries=0, temperature=0.1
    )


# --- research: plan, search, draft, critique, revise ------------------------------------------------------

LIBRARY = {
    "night trains demand": (
        "Night train bookings in the region rose for the fourth year; most lines sell out in summer.",
        "Operators name the lack of sleeping cars, not demand, as the limit.",
    ),
    "night trains cost": ("A sleeping car carries 30 to 40 people, a day car of the same length 70 to 80.",),
}


class Library(BaseRetriever):
    """A retriever over a fixed shelf."""

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:  # noqa: ARG002
        CLOCK.advance(0.21)
        return [
            Document(
                page_content=text,
                metadata={"source": f"library/{short_hash(text, length=6)}.md", "score": 0.9 - n / 10},
            )
            for n, text in enumerate(LIBRARY[query])
        ]


def research_replies() -> list[Reply]:
    return [
        Reply('["night trains demand", "night trains cost"]', seconds=1.3),
        Reply("Night trains are popular. They are limited by money.", seconds=2.0),
        Reply(
            "Too vague: name the limit the operators name, and why a seat costs more. Verdict: revise",
            seconds=1.1,
        ),
        Reply(
            "## Why are there so few night trains?\n\n1. **Cars, not passengers.** Bookings rose for four years; the operators "
            "lack sleeping cars.\n2. **Space.** A sleeping car carries 30 to 40 people where a day car carries 70 to 80, so a "
            "berth must earn twice as much.\n",
            seconds=2.7,
            cached=0.4,
        ),
        Reply("Both reasons are in the notes. Verdict: accept", seconds=0.9),
    ]


def research(stage: Stage) -> None:
    stub = stage.stub(research_replies())
    writer, critic = chat(stub, "gpt-4o"), chat(stub, "gpt-4o-mini")

    def plan(state: State) -> State:
        reply = critic.invoke(
            [SystemMessage("Answer with a JSON list of search queries."), HumanMessage(state["question"])]
        )
        return {"queries": json.loads(str(reply.content)), "rounds": 0}

    def search(state: State) -> State:
        library = Library()
        return {"notes": [doc.page_content for query in state["queries"] for doc in library.invoke(query)]}

    def write_draft(state: State) -> State:
        ask = f"{state['question']}\n\nNotes:\n- " + "\n- ".join(state["notes"])
        if state.get("critique"):
            ask += f"\n\nYour last draft:\n{state['draft']}\n\nCritique:\n{state['critique']}"
        reply = writer.invoke(
            [SystemMessage("Write a short answer in Markdown, from the notes only."), HumanMessage(ask)]
        )
        return {"draft": str(reply.content), "rounds": state["rounds"] + 1}

    def critique(state: State) -> State:
        ask = [
            SystemMessage("Criticise the draft. End with Verdict: accept or revise."),
            HumanMessage(state["draft"]),
        ]
        return {"critique": str(critic.invoke(ask).content)}

    graph = StateGraph(State)
    for node in (plan, search, write_draft, critique):
        graph.add_node(node)
    graph.add_edge(START, "plan").add_edge("plan", "search").add_edge("search", "write_draft")
    graph.add_edge("write_draft", "critique")
    graph.add_conditional_edges(
        "critique", lambda s: END if s["critique"].endswith("accept") else "write_draft"
    )
    with using_attributes(
        session_id="research-31", user_id="u-207", metadata={"desk": "mobility"}, tags=["sample"]
    ):
        graph.compile(name="research-graph").invoke({"question": "Why are there so few night trains?"})


# --- refund with a human's approval: the graph pauses, is resumed a minute later ------------------------------


def approval(stage: Stage) -> None:
    refund = {"order_id": "C-1804", "eur": 240.0}
    replies = [
        Reply(calls=(Call("issue_refund", refund),), seconds=1.4),
        Reply("The refund of **240.00 €** for order C-1804 is on its way.", seconds=1.2),
    ]

    @tool
    def issue_refund(order_id: str, eur: float) -> str:
        """Refund an order; more than 100 EUR needs a human."""
        CLOCK.advance(0.9)
        return json.dumps({"order_id": order_id, "eur": eur, "refund": "RF-77031"})

    model = chat(stage.stub(replies), "gpt-4o").bind_tools([issue_refund])

    def assistant(state: State) -> State:
        return {"messages": [model.invoke([SystemMessage("You handle refunds."), *state["messages"]])]}

    def approve(state: State) -> State:
        call = state["messages"][-1].tool_calls[0]
        interrupt({"question": f"Refund {call['args']['eur']:.2f} EUR?", "order": call["args"]["order_id"]})
        return {"messages": [issue_refund.invoke({**call, "type": "tool_call"})]}

    graph = StateGraph(State).add_node("assistant", assistant).add_node("approve", approve)
    graph.add_edge(START, "assistant").add_edge("approve", "assistant")
    graph.add_conditional_edges("assistant", lambda s: "approve" if s["messages"][-1].tool_calls else END)
    app = graph.compile(checkpointer=InMemorySaver(), name="refund-graph")
    config: Any = {"configurable": {"thread_id": "refund-C-1804"}}
    prompt = "The espresso machine of order C-1804 never came. I want my 240 € back."
    with using_attributes(session_id="refund-C-1804", user_id="u-330"):
        app.invoke({"messages": [HumanMessage(prompt, id="m-1")]}, config)
        CLOCK.advance(63)
        app.invoke(Command(resume={"approved": True, "by": "shift lead"}), config)


# --- a photo: one call of the OpenAI client, then one that is rate limited -----------------------------------


def photo(stage: Stage) -> None:
    replies = [
        Reply(
            '{"damaged": true, "part": "body", "severity": "visible crack"}',
            seconds=1.7,
            extra_prompt_tokens=85,
        ),
        Reply(
            "Rate limit reached for gpt-4o: 30000 tokens per minute.",
            status=429,
            error_code="rate_limit_exceeded",
            seconds=0.3,
        ),
        Reply('{"damaged": false, "part": null, "severity": null}', seconds=1.5, extra_prompt_tokens=85),
    ]
    client = stage.stub(replies).client()
    ask = [
        {
            "type": "text",
            "text": "Is the grinder in the photo damaged? Answer in JSON: damaged, part, severity.",
        },
        {"type": "image_url", "image_url": {"url": damaged_photo(), "detail": "low"}},
    ]
    tracer = stage.provider.get_tracer("photo-check", "0.2")
    for _ in range(2):
        with (
            using_attributes(session_id="photos-2026-02-25"),
            tracer.start_as_current_span(
                "check_photo", attributes={"openinference.span.kind": "CHAIN"}
            ) as span,
        ):
            span.set_attributes({"input.value": "grinder.png", "input.mime_type": "text/plain"})
            answer = _ask_twice(client, ask)
            span.set_attributes({"output.value": answer, "output.mime_type": "application/json"})
        CLOCK.advance(15)


def _ask_twice(client: Any, ask: list[dict[str, Any]]) -> str:
    for attempt in range(2):
        try:
            done = client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": ask}], max_tokens=60
            )
            return done.choices[0].message.content or ""
        except Exception:
            if attempt:
                raise
            CLOCK.advance(4)
    raise AssertionError


def tell(story: str, start: str, project: str, tellers: list[Callable[[Stage], None]]) -> None:
    stage = Stage(story, start, project)
    instrumentors = [LangChainInstrumentor(), OpenAIInstrumentor()]
    # LangChain calls the OpenAI client itself: one instrumentation at a time, or each call is there twice.
    for teller in tellers:
        instrumentor = instrumentors[teller is photo]
        instrumentor.instrument(tracer_provider=stage.provider)
        teller(stage)
        instrumentor.uninstrument()
        CLOCK.advance(30)
    stage.finish()


if __name__ == "__main__":
    tell("openinference_langgraph_research", "2026-02-25T09:00:00", "research", [research])
    tell("openinference_approval_and_photo", "2026-02-25T13:20:00", "coffee-shop", [approval, photo])
