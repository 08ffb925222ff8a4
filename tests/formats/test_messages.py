"""Chat messages of every shape that exports hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.json_values import json_values
from tracetui.formats.messages import read_messages
from tracetui.model import Message, Part, PartType

TEXT, CALL, RESULT, MEDIA = PartType.TEXT, PartType.TOOL_CALL, PartType.TOOL_RESULT, PartType.MEDIA


def said(role: str, text: str, **more: Any) -> Message:
    return Message(role, (Part(TEXT, text),), **more)


def one(value: Any) -> Message:
    (message,) = read_messages(value)
    return message


@pytest.mark.parametrize(
    "value",
    [
        "hello",
        {"role": "user", "content": "hello"},
        {"role": "USER", "content": [{"type": "text", "text": "hello"}]},
        {"role": "user", "content": [{"type": "input_text", "text": "hello"}]},
        {"role": "user", "parts": [{"text": "hello"}]},
        {"role": "user", "parts": [{"type": "text", "content": "hello"}]},
        {"role": "user", "content": [{"text": "hello"}]},
        {"type": "human", "content": "hello"},
        {"type": "human", "data": {"content": "hello", "additional_kwargs": {}}},
        {"type": "HumanMessageChunk", "content": "hello"},
        {"type": "UserMessage", "content": "hello", "source": "user"},
        {"lc": 1, "type": "constructor", "id": ["langchain", "HumanMessage"], "kwargs": {"content": "hello"}},
        ["human", "hello"],
        [["user", "hello"]],
        [[[{"role": "user", "content": "hello"}]]],
        {"messages": [[{"role": "human", "content": "hello"}]]},
        {"messages": [{"message": {"role": "user", "content": "hello"}}]},
        {"input": "hello", "model": "some-model"},
        {"prompts": ["hello"]},
        {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]},
        [{"message_content": {"type": "text", "text": "hello"}}],
    ],
)
def test_a_user_message_in_every_shape(value: Any) -> None:
    assert read_messages(value) == (said("user", "hello"),)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            {"choices": [{"message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}]},
            "stop",
        ),
        (
            {"role": "assistant", "content": [{"type": "text", "text": "yes"}], "stop_reason": "end_turn"},
            "end_turn",
        ),
        (
            {"role": "assistant", "parts": [{"type": "text", "content": "yes"}], "finish_reason": "stop"},
            "stop",
        ),
        (
            {
                "candidates": [
                    {"content": {"role": "model", "parts": [{"text": "yes"}]}, "finishReason": "STOP"}
                ]
            },
            "STOP",
        ),
        ({"type": "ai", "content": "yes", "response_metadata": {"finish_reason": "stop"}}, "stop"),
        (
            {
                "generations": [
                    [
                        {
                            "text": "yes",
                            "generation_info": {"finish_reason": "stop"},
                            "message": {"type": "ai", "content": "yes"},
                        }
                    ]
                ]
            },
            "stop",
        ),
        ({"generations": [[{"text": "yes", "generation_info": {"finish_reason": "length"}}]]}, "length"),
        (
            {
                "output": [
                    {
                        "type": "message",
                        "role": "assistant",
                        "content": [{"type": "output_text", "text": "yes"}],
                    }
                ]
            },
            None,
        ),
        ({"output": "yes"}, None),
    ],
)
def test_an_answer_in_every_shape(value: Any, reason: str | None) -> None:
    assert read_messages(value) == (said("assistant", "yes", finish_reason=reason),)


@pytest.mark.parametrize(
    "value",
    [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
            ],
        },
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}}]},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
        {
            "type": "ai",
            "content": "",
            "tool_calls": [{"name": "f", "args": {"a": 1}, "id": "c1", "type": "tool_call"}],
        },
        {
            "type": "ai",
            "content": [{"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}}],
            "tool_calls": [{"name": "f", "args": {"a": 1}, "id": "c1"}],
        },
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}],
        },
        {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "f", "args": {"a": 1}}}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c1", "name": "f", "input": {"a": 1}}}]},
        {
            "role": "assistant",
            "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "f", "input": {"a": 1}}],
        },
        {
            "role": "assistant",
            "tool_calls": [{"tool_call": {"id": "c1", "function": {"name": "f", "arguments": '{"a":1}'}}}],
        },
    ],
)
def test_a_tool_call_in_every_shape(value: Any) -> None:
    assert one(value) == Message("assistant", (Part(CALL, '{"a":1}', tool_call_id="c1", tool_name="f"),))


def test_arguments_given_as_text_are_kept_as_found() -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": '{ "city" : "Paris",}'}}
    assert one({"role": "assistant", "tool_calls": [call]}).parts[0].content == '{ "city" : "Paris",}'


def test_the_legacy_function_call_and_its_answer() -> None:
    asked, answered = read_messages(
        [
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "42"},
        ]
    )
    assert asked.parts == (Part(CALL, "{}", tool_name="f"),)
    assert answered == Message("tool", (Part(RESULT, "42", tool_name="f"),))


@pytest.mark.parametrize(
    "value",
    [
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "42"}]},
        {"type": "tool", "tool_call_id": "c1", "id": "some-uuid", "content": "42"},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "42"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "result": "42"}]},
        {
            "role": "tool",
            "content": [
                {"type": "tool-result", "toolCallId": "c1", "output": {"type": "text", "value": "42"}}
            ],
        },
        {"role": "tool", "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "42"}]}}]},
    ],
)
def test_a_tool_result_in_every_shape(value: Any) -> None:
    assert one(value) == Message("tool", (Part(RESULT, "42", tool_call_id="c1"),))


def test_a_failed_tool_result_with_a_picture() -> None:
    block = {
        "type": "tool_result",
        "tool_use_id": "t",
        "is_error": True,
        "content": [
            {"type": "text", "text": "no"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAAAAA="}},
        ],
    }
    assert one({"role": "user", "content": [block]}).parts == (
        Part(RESULT, "no", tool_call_id="t", is_error=True),
        Part(MEDIA, "data:image/png;bytes=5", tool_call_id="t", mime_type="image/png", size_bytes=5),
    )


@pytest.mark.parametrize(
    ("block", "content", "mime", "size"),
    [
        ({"type": "image_url", "image_url": {"url": "https://x/y.png"}}, "https://x/y.png", "image/*", None),
        (
            {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}},
            "data:image/jpeg;bytes=3",
            "image/jpeg",
            3,
        ),
        (
            {"type": "input_image", "image_url": "data:image/gif;base64,AAA="},
            "data:image/gif;bytes=2",
            "image/gif",
            2,
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            "data:audio/wav;bytes=3",
            "audio/wav",
            3,
        ),
        ({"type": "file", "file": {"file_id": "file-1"}}, "file-1", None, None),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
            "data:application/pdf;bytes=3",
            "application/pdf",
            3,
        ),
        ({"type": "image", "source": {"type": "url", "url": "https://x"}}, "https://x", "image/*", None),
        (
            {"type": "blob", "mime_type": "image/png", "modality": "image", "content": "AAAA"},
            "data:image/png;bytes=3",
            "image/png",
            3,
        ),
        ({"type": "uri", "mime_type": "video/mp4", "uri": "gs://b/v"}, "gs://b/v", "video/mp4", None),
        (
            {"inlineData": {"mimeType": "image/webp", "data": "AAAA"}},
            "data:image/webp;bytes=3",
            "image/webp",
            3,
        ),
        ({"fileData": {"mimeType": "image/webp", "fileUri": "gs://b/i"}}, "gs://b/i", "image/webp", None),
        ({"image": {"format": "png", "source": {"bytes": "AAAA"}}}, "data:image/png;bytes=3", "image/png", 3),
        (
            {"type": "image", "base64": "AAAA", "mime_type": "image/png"},
            "data:image/png;bytes=3",
            "image/png",
            3,
        ),
        ({"type": "file", "data": "AAAA"}, "data:application/octet-stream;bytes=3", None, 3),
    ],
)
def test_media_is_a_reference_never_its_bytes(
    block: Any, content: str, mime: str | None, size: int | None
) -> None:
    assert one({"role": "user", "content": [block]}).parts == (
        Part(MEDIA, content, mime_type=mime, size_bytes=size),
    )


@pytest.mark.parametrize(
    ("block", "text", "size"),
    [
        ({"type": "thinking", "thinking": "hm", "signature": "sig"}, "hm", None),
        ({"type": "redacted_thinking", "data": "abcd"}, None, 4),
        ({"type": "reasoning", "content": "hm"}, "hm", None),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}, "hm", None),
        ({"type": "reasoning", "summary": [], "encrypted_content": "abc"}, None, 3),
        ({"text": "hm", "thought": True}, "hm", None),
        ({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}, "hm", None),
    ],
)
def test_thinking(block: Any, text: str | None, size: int | None) -> None:
    assert one({"role": "assistant", "content": [block]}).parts == (
        Part(PartType.THINKING, text, size_bytes=size),
    )


def test_reasoning_content_beside_the_answer_comes_first() -> None:
    parts = one({"role": "assistant", "content": "yes", "reasoning_content": "hm"}).parts
    assert [(p.type, p.content) for p in parts] == [(PartType.THINKING, "hm"), (TEXT, "yes")]


def test_a_responses_conversation_keeps_one_message_an_item() -> None:
    messages = read_messages(
        [
            {"role": "user", "content": "q"},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "web_search_call", "id": "ws", "status": "completed", "action": {"query": "x"}},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "r"},
            {"type": "compaction", "encrypted_content": "zz"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
        ]
    )
    assert [(m.role, m.parts[0].type.value) for m in messages] == [
        ("user", "text"),
        ("assistant", "thinking"),
        ("assistant", "tool_call"),
        ("assistant", "tool_call"),
        ("tool", "tool_result"),
        ("system", "compaction"),
        ("assistant", "text"),
    ]
    assert messages[2].parts == (Part(CALL, '{"query":"x"}', tool_call_id="ws", tool_name="web_search"),)


def test_a_provider_tool_call_may_hold_its_result() -> None:
    item = {"type": "mcp_call", "id": "m", "name": "list", "arguments": "{}", "output": "[]"}
    assert one(item).parts == (
        Part(CALL, "{}", tool_call_id="m", tool_name="list"),
        Part(RESULT, "[]", tool_call_id="m", tool_name="list"),
    )


@pytest.mark.parametrize(
    ("asked", "arguments"),
    [
        ({"type": "web_search", "query": "q"}, '{"query":"q"}'),
        ({"type": "web_search", "arguments": {"query": "q"}}, '{"query":"q"}'),
        ({"type": "web_search", "input": "q"}, "q"),
        ({"type": "web_search"}, None),
    ],
)
def test_a_server_tool_call_has_what_was_asked(asked: Any, arguments: str | None) -> None:
    part = {"type": "server_tool_call", "id": "s", "server_tool_call": asked}
    assert one([part]).parts == (Part(CALL, arguments, tool_call_id="s", tool_name="web_search"),)


@pytest.mark.parametrize(
    ("given", "result", "is_error"),
    [
        ({"type": "code_interpreter", "output": "1"}, "1", None),
        ({"type": "web_search", "response": {"hits": 1}}, '{"hits":1}', None),
        ({"type": "web_search", "hits": 1}, '{"type":"web_search","hits":1}', None),
        ({"type": "web_search", "content": "limit", "is_error": True}, "limit", True),
        ("plain", "plain", None),
    ],
)
def test_a_server_tool_response_has_what_came_back(given: Any, result: str, is_error: bool | None) -> None:
    part = {"type": "server_tool_call_response", "id": "s", "server_tool_call_response": given}
    assert one([part]).parts == (Part(RESULT, result, tool_call_id="s", is_error=is_error),)


def test_the_system_prompt_of_a_request_comes_first() -> None:
    request = {"system": "be brief", "messages": [{"role": "user", "content": "q"}]}
    assert read_messages(request) == (said("system", "be brief"), said("user", "q"))


def test_blocks_without_a_role_make_one_message() -> None:
    message = one(
        [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "https://x"}}]
    )
    assert (message.role, [p.type for p in message.parts]) == ("user", [TEXT, MEDIA])


def test_unknown_things_are_kept_as_json() -> None:
    assert one({"role": "user", "content": [{"type": "hologram", "x": 1}]}).parts == (
        Part(PartType.OTHER, '{"type":"hologram","x":1}'),
    )
    assert read_messages([{"who": "knows"}])[0].parts == (Part(PartType.OTHER, '{"who":"knows"}'),)


@pytest.mark.parametrize(
    "value", [None, "", [], {}, {"question": "x"}, {"output": [{"title": "a"}]}, 5, [[0.1, 0.2]]]
)
def test_what_holds_no_messages_gives_none(value: Any) -> None:
    assert read_messages(value) == ()


def test_messages_of_coding_agents_in_camel_case() -> None:
    call = {"type": "toolCall", "id": "c", "name": "f", "arguments": {"a": 1}}
    asked, answered = read_messages(
        [{"role": "assistant", "content": [call]}, {"role": "toolResult", "toolCallId": "c", "content": "1"}]
    )
    assert asked.parts == (Part(CALL, '{"a":1}', tool_call_id="c", tool_name="f"),)
    assert answered == Message("tool", (Part(RESULT, "1", tool_call_id="c"),))


def test_names_and_unknown_roles_stay() -> None:
    assert one({"role": "Critic", "name": "bob", "content": "x"}) == said("critic", "x", name="bob")


def test_deep_nesting_ends_in_json_text() -> None:
    value: Any = "deep"
    for _ in range(400):
        value = {"role": "user", "content": [value]}
    assert len(read_messages(value)) == 1


WORDS = st.sampled_from(
    (
        *(
            "role",
            "content",
            "parts",
            "type",
            "text",
            "tool_calls",
            "function",
            "messages",
            "kwargs",
            "id",
            "data",
        ),
        *(
            "source",
            "image_url",
            "output",
            "message",
            "input",
            "lc",
            "functionCall",
            "tool_call",
            "generations",
        ),
        *(
            "reasoning",
            "tool_result",
            "web_search_call",
            "human",
            "AIMessageChunk",
            "tool",
            "constructor",
            "compaction",
        ),
    )
)


@settings(max_examples=300)
@given(json_values(keys=WORDS))
def test_any_json_is_read_without_an_exception(value: Any) -> None:
    for message in read_messages(value):
        assert message.role == message.role.lower()
        assert all(isinstance(part.content, str | None) for part in message.parts)
