"""What fills a context window: parts by length that add up to what was counted."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.tui.fake import TRAVEL, detail_of
from tracetui.analysis.context import UNRECORDED, context_of
from tracetui.model import Message, Part, PartType, ToolDefinition, Usage
from tracetui.read_model import MessageView, SpanDetail


def call(input_tokens: int | None, *messages: Message, tools: tuple[ToolDefinition, ...] = ()) -> SpanDetail:
    views = tuple(MessageView("input", at, message, True) for at, message in enumerate(messages))
    usage = None if input_tokens is None else Usage(input_tokens, 1)
    return replace(detail_of("r", 1, TRAVEL[1]), messages=views, tools_offered=tools, usage=usage)


def text(role: str, characters: int) -> Message:
    return Message(role, (Part(PartType.TEXT, "x" * characters),))


def result(call_id: str, characters: int, tool: str | None = None) -> Message:
    return Message("tool", (Part(PartType.TOOL_RESULT, "x" * characters, call_id, tool),))


def test_parts_are_told_apart_and_share_the_tokens_counted() -> None:
    detail = call(
        100, text("system", 100), text("user", 50), result("c1", 150), result("c2", 50), result("c3", 25, "memory"),
        tools=(ToolDefinition("search", None, "x" * 19),),
    )  # fmt: skip
    context = context_of(detail, frozenset(("c2",)))
    assert context is not None
    assert [(part.name, part.characters, part.estimated_tokens) for part in context.parts] == [
        ("tools", 25, 6), ("system", 100, 25), ("history", 50, 12), ("tool results", 150, 39), ("memory", 75, 18),
    ]  # fmt: skip
    assert context.tokens == 100


def test_without_a_count_four_characters_make_a_token() -> None:
    context = context_of(call(None, text("user", 41)))
    assert context is not None
    assert (context.input_tokens, context.tokens) == (None, 10)


def test_what_the_export_lacks_of_a_prompt_is_no_part_of_the_rest() -> None:
    context = context_of(call(12_000, text("user", 400)))
    assert context is not None
    assert [(part.name, part.estimated_tokens) for part in context.parts] == [
        ("history", 100),
        (UNRECORDED, 11_900),
    ]


def test_a_span_without_messages_has_no_context() -> None:
    assert context_of(call(10)) is None


@given(
    st.integers(0, 10**9),
    st.lists(st.tuples(st.sampled_from(["system", "user", "tool"]), st.integers(0, 300)), min_size=1),
)
def test_estimates_add_up_to_what_was_counted(tokens: int, sizes: list[tuple[str, int]]) -> None:
    context = context_of(call(tokens, *(text(role, size) for role, size in sizes)))
    assert context is not None
    assert sum(part.estimated_tokens for part in context.parts) == tokens
