"""The detail of a step as sections: conversation, joined tool calls, events, raw, and what can be copied."""

from __future__ import annotations

from dataclasses import replace

from tests.tui.fake import TRAVEL, detail_of, tree_of
from tracetui.model import Message, Part, PartType, ToolDefinition
from tracetui.read_model import MessageView
from tracetui.render.signs import UNICODE
from tracetui.tui.detail.conversation import media_placeholder, messages_page
from tracetui.tui.detail.copies import fenced, path_of, show_command, step_copies, step_markdown
from tracetui.tui.detail.heading import heading
from tracetui.tui.detail.pages import ASKED, TITLES, first_with_content, pages
from tracetui.tui.detail.sections import Tone


def test_new_messages_and_the_answer_come_before_the_folded_earlier_ones() -> None:
    sections = messages_page(detail_of("r", 3, TRAVEL[3]), UNICODE).sections
    assert [section.title for section in sections] == [
        "user · new",
        "assistant · answer (tool_calls) · thinking",
        "assistant · ⚙ calls search_flights",
        "1 earlier message, as in the call before",
        "system",
    ]
    thinking, earlier, system = sections[1], sections[3], sections[4]
    assert thinking.is_folded
    assert earlier.is_folded
    assert (earlier.level, system.level) == (0, 1)


def test_a_tool_call_is_joined_to_its_asking_step_and_its_error() -> None:
    sections = messages_page(detail_of("r", 5, TRAVEL[5]), UNICODE).sections
    assert [(section.title, section.tone) for section in sections] == [
        ("error  TimeoutError", Tone.ERROR),
        ("arguments of search_flights", Tone.TOOL),
        ("error of the call", Tone.ERROR),
        ("asked for by step 3   (enter: go)", Tone.LINK),
    ]
    assert sections[1].text == '{"from": "VIE", "to": "LIS"}'
    assert sections[-1].target == "s3"


def test_a_failed_agent_says_why_before_its_input_and_output() -> None:
    detail = replace(detail_of("r", 0, TRAVEL[0]), input="a flight", output=None, messages=(), tool_calls=())
    all_pages = pages(detail, UNICODE)
    index = first_with_content(all_pages)
    assert TITLES[index] == "Input/Output"
    assert [section.title for section in all_pages[index].sections] == ["error  TimeoutError", "input"]


def test_an_error_without_anything_else_is_the_first_thing_seen() -> None:
    detail = replace(
        detail_of("r", 0, TRAVEL[0]), input=None, output=None, messages=(), tool_calls=(), events=()
    )
    all_pages = pages(replace(detail, parameters=None, tools_offered=()), UNICODE)
    assert all_pages[first_with_content(all_pages)].sections[0].title == "error  TimeoutError"


def test_a_call_asked_for_leads_to_the_step_that_executed_it() -> None:
    detail = detail_of("r", 3, TRAVEL[3])
    call = replace(detail_of("r", 5, TRAVEL[5]).tool_calls[0], tool_call_id="call_9")
    sections = messages_page(replace(detail, tool_calls=(call,)), UNICODE).sections
    jumps = [section for section in sections if section.target]
    assert [(jump.title, jump.target) for jump in jumps] == [
        ("executed as step 4  ✗ error   (enter: go)", "s5")
    ]


def test_a_medium_is_a_placeholder_with_type_and_size() -> None:
    embedded = Part(PartType.MEDIA, "data:image/png;bytes=48000", mime_type="image/png", size_bytes=48_000)
    assert media_placeholder(embedded) == "[image/png, 48 kB]"
    assert media_placeholder(Part(PartType.MEDIA, "https://x/y.png")) == "[media, https://x/y.png]"


def test_titles_are_harmless_whatever_the_trace_says() -> None:
    message = Message(
        "\x1b]0;x\x07", (Part(PartType.TOOL_CALL, "{}", "c", "[/x]\x9b31m"),), name="\u202eevil"
    )
    detail = replace(detail_of("r", 3, TRAVEL[3]), messages=(MessageView("output", 0, message, True),))
    title = messages_page(detail, UNICODE).sections[0].title
    assert title.isprintable()
    assert "␛]0;x␇" in title
    assert "⟨U+202E⟩evil" in title


def test_every_tab_says_something_even_with_nothing_to_show() -> None:
    empty = replace(
        detail_of("r", 4, TRAVEL[4]),
        input=None,
        output=None,
        attributes=None,
        raw=None,
        messages=(),
        tool_calls=(),
    )
    all_pages = pages(empty, UNICODE)
    assert len(all_pages) == len(TITLES)
    assert [page.has_content for page in all_pages] == [False, False, True, True, True, False, True, False]
    assert all(page.sections for index, page in enumerate(all_pages) if index not in ASKED)
    assert first_with_content(all_pages) == 6


def test_offered_tools_are_folded_with_their_count() -> None:
    tools = (ToolDefinition("a", "does a", "{}"), ToolDefinition("b"))
    sections = pages(replace(detail_of("r", 1, TRAVEL[1]), tools_offered=tools), UNICODE)[1].sections
    offered = next(section for section in sections if section.title == "2 tools offered")
    assert offered.is_folded
    assert [section.title for section in sections if section.level == 1] == ["a  does a", "b"]


def test_exceptions_show_their_stack_as_it_is() -> None:
    sections = pages(detail_of("r", 5, TRAVEL[5]), UNICODE)[TITLES.index("Events")].sections
    assert sections[0].title.startswith("exception TimeoutError")
    assert sections[1].title == "stack"
    assert sections[1].is_plain
    assert sections[1].text is not None
    assert sections[1].text.startswith("Traceback")


def test_heading_tells_unknown_ends_and_reversed_times() -> None:
    running = detail_of("r", 6, TRAVEL[6])
    assert heading(running, UNICODE)[2].startswith("tool of travel-agent · no end in the source")
    assert running.start_ns is not None
    backwards = replace(running, end_ns=running.start_ns - 1_500_000_000)
    assert "ends 1.5 s before its start" in heading(backwards, UNICODE)[2]


def test_copies_are_the_original_text() -> None:
    detail = replace(detail_of("r", 5, TRAVEL[5]), raw='{"a": "\x1b[31m"}')
    copies = {
        copy.title: copy.text for copy in step_copies(detail, tree_of("r", TRAVEL), ("a b.jsonl",), None)
    }
    assert copies["JSON"] == '{"a": "\x1b[31m"}'
    assert copies["value"] == "upstream did not answer"
    assert copies["path"] == "travel-agent / retry / search_flights"
    assert copies["command"] == "tracetui show 'a b.jsonl' --run r --step 4"


def test_path_of_a_root() -> None:
    assert path_of(tree_of("r", TRAVEL), 0) == "travel-agent"


def test_markdown_of_a_step_cannot_break_out_of_its_fence() -> None:
    assert fenced("a ``` b") == "````\na ``` b\n````"
    text = step_markdown(detail_of("r", 1, TRAVEL[1]))
    assert text.startswith("## step 1: llm chat gpt-4o (ok)\n\n### system\n")


def test_command_without_a_step() -> None:
    assert show_command(("-",), "r1", None) == "tracetui show - --run r1"
