"""MLflow: spans of the tracing SDK with the OpenAI client traced by `mlflow.openai.autolog`, kept in a SQLite store."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile

from fixed_world import CLOCK, ROOT, Ids, without_network_settings, without_paths, write

without_network_settings()
STORE = tempfile.mkdtemp()
os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{STORE}/mlflow.db"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow  # noqa: E402
import mlflow.tracing.provider  # noqa: E402
import openai  # noqa: E402
import pandas  # noqa: E402
from mlflow.entities import AssessmentSource, Feedback, SpanType, Trace  # noqa: E402
from stub_model import Call, Reply, StubModel  # noqa: E402

REPLIES = [
    Reply(calls=(Call("stock_level", {"sku": "LAMP-7"}),)),
    Reply(calls=(Call("stock_level", {"sku": "LAMP-07"}),), cached=0.5),
    Reply("LAMP-07 is in stock: 14 pieces, all in the Graz warehouse."),
    Reply(calls=(Call("reserve", {"sku": "LAMP-07", "pieces": 20}),)),
]
STOCK = {"LAMP-07": {"pieces": 14, "warehouse": "Graz"}}
CLIENT = StubModel(REPLIES, "mlflow").client()
OF_THIS_MACHINE = ("mlflow.user", "mlflow.source.", "mlflow.artifactLocation")
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": text,
            "parameters": {"type": "object", "properties": {"sku": {"type": "string"}}},
        },
    }
    for name, text in (("stock_level", "Pieces in stock of one article."), ("reserve", "Reserve pieces."))
]


@mlflow.trace(span_type=SpanType.TOOL)
def stock_level(sku: str) -> dict[str, object]:
    CLOCK.advance(0.2)
    if sku not in STOCK:
        raise KeyError(f"no article {sku}")
    return STOCK[sku]


@mlflow.trace(span_type=SpanType.TOOL)
def reserve(sku: str, pieces: int) -> dict[str, object]:
    CLOCK.advance(0.3)
    if pieces > STOCK[sku]["pieces"]:
        raise ValueError(f"only {STOCK[sku]['pieces']} pieces of {sku} can be reserved")
    return {"reserved": pieces}


@mlflow.trace(span_type=SpanType.AGENT)
def stock_agent(question: str) -> str:
    mlflow.update_current_trace(
        metadata={"mlflow.trace.session": "shop-4711", "mlflow.trace.user": "ana"}, tags={"shop": "graz"}
    )
    messages: list[dict[str, object]] = [{"role": "user", "content": question}]
    while True:
        answer = CLIENT.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=TOOLS)
        reply = answer.choices[0].message
        messages.append(reply.to_dict())
        if not reply.tool_calls:
            return reply.content or ""
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": run_tool(call)} for call in reply.tool_calls
        ]


def run_tool(call: openai.types.chat.ChatCompletionMessageToolCall) -> str:
    """An unknown article is told to the model; a reservation that fails ends the agent."""
    tool = {"stock_level": stock_level, "reserve": reserve}[call.function.name]
    try:
        return json.dumps(tool(**json.loads(call.function.arguments)))
    except KeyError as error:
        return f"KeyError: {error}"


def traces() -> list[Trace]:
    """All traces, oldest first, without what MLflow notes of this machine."""
    mlflow.flush_trace_async_logging()
    found = mlflow.search_traces(return_type="list", order_by=["timestamp_ms ASC"])
    whole = [mlflow.get_trace(trace.info.trace_id) for trace in found]
    for trace in whole:
        for facts in (trace.info.trace_metadata, trace.info.tags):
            kept = {key: facts[key] for key in sorted(facts) if not key.startswith(OF_THIS_MACHINE)}
            facts.clear()
            facts.update(kept)
    return whole


def main() -> None:
    CLOCK.install("mlflow", "opentelemetry", "openai")
    ids = Ids("mlflow")
    ids.install("mlflow")
    mlflow.tracing.provider._IsolatedRandomIdGenerator = lambda: ids
    CLOCK.set("2026-04-02T08:30:00")
    mlflow.openai.autolog()
    stock_agent("How many LAMP-7 do we have?")
    with contextlib.suppress(ValueError):
        stock_agent("Then reserve 20 of them.")
    first, second = traces()
    judge = AssessmentSource(source_type="LLM_JUDGE", source_id="openai:/gpt-4o")
    person = AssessmentSource(source_type="HUMAN", source_id="ben")
    for trace, name, value, source, why in (
        (first, "correctness", True, judge, "The count matches the warehouse."),
        (second, "helpful", "no", person, "It promised more than there was."),
    ):
        mlflow.log_assessment(
            trace.info.trace_id, Feedback(name=name, value=value, source=source, rationale=why)
        )
    first, second = traces()
    write("mlflow/stock_reserve_fails.json", second.to_json(pretty=True))
    page = {"traces": [first.to_dict(), second.to_dict()], "next_page_token": None}
    write("mlflow/stock_search.json", json.dumps(page, indent=2))
    rows = [Trace.to_pandas_dataframe_row(trace) for trace in (first, second)]
    for row in rows:
        row["trace"] = without_paths(row["trace"])
    frame = pandas.DataFrame(rows).drop(columns=["spans", "assessments"])
    frame.to_parquet(ROOT / "mlflow" / "stock_search.parquet")


if __name__ == "__main__":
    main()
