"""What the synthetic traces look like: runs of 10 to 3,000 spans, about 3 % errors, several levels deep.

Everything follows from the seed and the number of spans, so that two machines measure the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.text import Texts

FIRST_START_NS = 1_760_000_000_000_000_000
MODELS = (
    ("openai", "gpt-4o-2024-08-06"),
    ("openai", "gpt-4.1-mini-2025-04-14"),
    ("anthropic", "claude-sonnet-4-5-20250929"),
    ("aws.bedrock", "us.amazon.nova-pro-v1:0"),
)
TOOLS = ("search_flights", "get_weather", "run_sql", "read_file", "create_ticket", "web_search")
ERRORS = ("TimeoutError", "RateLimitError", "ValueError", "httpx.ConnectError")


@dataclass(frozen=True, slots=True)
class Payloads:
    """How long the two texts of a span are, in characters, per kind of payload."""

    shortest: int
    longest: int


LIGHT = Payloads(20, 85)
HEAVY = Payloads(2_350, 2_650)
PAYLOADS = {"light": LIGHT, "heavy": HEAVY}


@dataclass(frozen=True, slots=True)
class Seed:
    """One span before a format writes it; `given` and `answer` are JSON string bodies (escaped, without quotes)."""

    trace_id: str
    span_id: str
    parent_id: str | None
    kind: str
    name: str
    start_ns: int
    end_ns: int
    session: int
    user: int
    call: int
    provider: str
    model: str
    tool: str
    error: str | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    given: str
    answer: str


def seeds(spans: int, payloads: str, seed: int = 7) -> Iterator[Seed]:
    """`spans` spans run by run, children before their parents as exporters write them."""
    random = Random(f"{seed}/{payloads}")
    texts = Texts(random)
    left, run = spans, 0
    while left:
        size = min(left, _run_size(random))
        yield from reversed(list(_run(random, texts, PAYLOADS[payloads], size, run)))
        left -= size
        run += 1


def _run_size(random: Random) -> int:
    """Most runs are small, a few are long."""
    return min(3_000, 10 + int(random.paretovariate(1.1) * 12))


def _run(random: Random, texts: Texts, payloads: Payloads, size: int, run: int) -> Iterator[Seed]:
    """A root agent, turns below it, and in each turn a model call, tools and now and then a nested agent."""
    trace_id = f"{random.getrandbits(128):032x}"
    provider, model = MODELS[run % len(MODELS)]
    clock = FIRST_START_NS + run * 7_000_000_000
    parents: list[str | None] = [None]
    for index in range(size):
        kind, depth = _kind(random, index, len(parents))
        del parents[depth:]
        span_id = f"{random.getrandbits(64) | 1:016x}"
        clock += random.randrange(1_000_000, 400_000_000)
        tokens = random.randrange(200, 20_000) if kind == "LLM" else 0
        tool = TOOLS[random.randrange(len(TOOLS))]
        yield Seed(
            trace_id=trace_id,
            span_id=span_id,
            parent_id=parents[-1],
            kind=kind,
            name=_name(kind, tool, model),
            start_ns=clock,
            end_ns=clock + random.randrange(5_000_000, 9_000_000_000) * (1 if index else size),
            session=run // 4,
            user=run % 997,
            call=index,
            provider=provider,
            model=model,
            tool=tool,
            error=random.choice(ERRORS) if random.random() < 0.03 else None,
            input_tokens=tokens,
            output_tokens=tokens // 11 + 3,
            cached_tokens=tokens // 2 if index % 3 else 0,
            given=texts.slice(random, payloads.shortest, payloads.longest),
            answer=texts.slice(random, payloads.shortest, payloads.longest),
        )
        parents.append(span_id)


def _kind(random: Random, index: int, levels: int) -> tuple[str, int]:
    """Kind of the next span, and how many of the open levels it hangs below."""
    if index == 0:
        return "AGENT", 1
    if levels < 3 or random.random() < 0.15:
        return "CHAIN", 2
    choice = random.random()
    if choice < 0.05 and levels < 12:
        return "AGENT", levels
    depth = min(levels, 3 + random.randrange(3))
    if choice < 0.45:
        return "LLM", depth
    return ("TOOL", depth) if choice < 0.9 else ("RETRIEVER", depth)


def _name(kind: str, tool: str, model: str) -> str:
    names = {
        "AGENT": "invoke_agent travel-agent",
        "CHAIN": "turn",
        "LLM": f"chat {model}",
        "TOOL": f"execute_tool {tool}",
        "RETRIEVER": "retrieve policies",
    }
    return names[kind]
