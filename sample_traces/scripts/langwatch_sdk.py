"""LangWatch's SDK, its spans written by OpenTelemetry's console exporter instead of sent to the server.

Model calls are spanned by openinference-instrumentation-openai, which the SDK takes as an instrumentor.
"""

from __future__ import annotations

import contextlib
import io
from importlib.metadata import version

from fixed_world import CLOCK, Ids, without_network_settings, write

without_network_settings()

import langwatch  # noqa: E402
from openinference.instrumentation.openai import OpenAIInstrumentor  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor  # noqa: E402
from stub_model import Reply, StubModel  # noqa: E402

STORY = "langwatch_mushroom"
QUESTION = "May I eat a ring-less parasol from the meadow?"
REPLY = Reply("No. Without a movable ring it may be another one.", seconds=1.2)
PAGES = [{"document_id": "field-guide-12", "content": "A parasol has a movable ring. Without one, leave it."}]


@langwatch.span(type="tool", name="look_up_name")
def look_up_name(name: str) -> str:
    raise ConnectionError(f"the register of names does not answer about {name}")


@langwatch.span(type="rag", name="field_guide")
def field_guide(question: str) -> str:
    pages = [page for page in PAGES if "parasol" in question]
    langwatch.get_current_span().update(contexts=pages)
    return pages[0]["content"]


@langwatch.trace(name="mushroom desk", metadata={"thread_id": "thread-meadow", "user_id": "visitor-4"})
def answer(question: str) -> str:
    with contextlib.suppress(ConnectionError):
        look_up_name("parasol")
    found = field_guide(question)
    asked = [{"role": "system", "content": found}, {"role": "user", "content": question}]
    told = StubModel([REPLY], STORY).client().chat.completions.create(model="gpt-4o-mini", messages=asked)
    langwatch.get_current_span().add_evaluation(
        evaluation_id="eval_mushroom", name="cautious", passed=True, score=0.9, details="advises against it"
    )
    return told.choices[0].message.content or ""


def main() -> None:
    """A tool fails, the field guide helps, the answer is careful."""
    CLOCK.set("2026-10-04T09:15:00")
    CLOCK.install("opentelemetry")
    text = io.StringIO()
    facts = {"service.name": "mushroom-desk", "telemetry.sdk.language": "python"}
    facts["telemetry.sdk.version"] = version("opentelemetry-sdk")
    provider = TracerProvider(resource=Resource(facts), id_generator=Ids(STORY), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=text)))
    langwatch.setup(
        api_key="none", endpoint_url="http://127.0.0.1:9", tracer_provider=provider, instrumentors=[OpenAIInstrumentor()],
        skip_open_telemetry_setup=True,
    )  # fmt: skip
    answer(QUESTION)
    write(f"otel_console/{STORY}.json", text.getvalue())


if __name__ == "__main__":
    main()
