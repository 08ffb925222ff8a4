"""ConsoleSpanExporter output: pretty-printed JSON objects, one after the other, no list around them.

Model calls are spanned by opentelemetry-instrumentation-genai-openai, the agent and its tools by
opentelemetry-util-genai, as in `otlp_genai.py`.
"""

from __future__ import annotations

import io
import os
from importlib.metadata import version

from fixed_world import CLOCK, Ids, without_network_settings, write

without_network_settings()
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_only"

from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor  # noqa: E402
from opentelemetry.util.genai.handler import TelemetryHandler  # noqa: E402

from mini_agent import MiniAgent, Tool  # noqa: E402
from stub_model import Call, Reply, StubModel  # noqa: E402

SYSTEM = "You plan cycling tours. Check the weather before you promise anything. Answer in two sentences."
FORECAST = {"place": "Bregenz", "date": "2026-06-06", "max_c": 23, "rain_mm": 0.2, "wind": "SW 2"}


def tour_with_retry() -> None:
    """The weather service fails once; the model asks again and answers."""
    story = "tour_weather_retry"
    ask = {"place": "Bregenz", "date": "2026-06-06"}
    replies = [
        Reply(calls=(Call("get_weather", ask),), seconds=1.1),
        Reply("The service was busy, I ask again.", (Call("get_weather", ask),), seconds=0.8),
        Reply(
            "Saturday looks good: 23 degrees, hardly any rain. Start at 8 to have the wind behind you.",
            seconds=1.5,
        ),
    ]
    CLOCK.set("2026-06-03T19:30:00")
    CLOCK.install("opentelemetry")
    text = io.StringIO()
    facts = {"service.name": "tour-planner", "telemetry.sdk.name": "opentelemetry"}
    facts |= {"telemetry.sdk.language": "python", "telemetry.sdk.version": version("opentelemetry-sdk")}
    provider = TracerProvider(resource=Resource(facts), id_generator=Ids(story), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=text)))
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    asked = 0

    def get_weather(**_: str) -> dict[str, object]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ConnectionError("forecast service answered 429 Too Many Requests")
        return dict(FORECAST)

    agent = MiniAgent(
        name="tour-planner",
        model="gpt-4o-mini",
        system=SYSTEM,
        client=StubModel(replies, story).client(),
        handler=TelemetryHandler(tracer_provider=provider, instrumentation_scope_name="tour-planner"),
        tools={
            "get_weather": Tool(
                get_weather, "Forecast for a place and day.", {"place": "string", "date": "string"}
            )
        },
    )
    agent.run("Is Saturday, 6 June 2026, a good day to ride around the lake from Bregenz?")
    provider.shutdown()
    write(f"otel_console/{story}.json", text.getvalue())


if __name__ == "__main__":
    tour_with_retry()
