"""Content of chat messages as parts: OpenAI, Anthropic, GenAI, Gemini, Bedrock, LangChain and AI SDK blocks.

Media is never kept: a MEDIA part holds its URI, or `data:<mime>;bytes=<n>` standing for embedded bytes.
A block that nobody knows becomes an OTHER part with its JSON text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias

from tracetui.formats.message_media import media_of, media_part
from tracetui.model import JsonValue, Part, PartType
from tracetui.reading.lenient import dumps

MAX_DEPTH = 16
"""Content nested deeper than this is kept as JSON text instead of being walked."""

Block: TypeAlias = "dict[str, Any]"
BlockReader: TypeAlias = "Callable[[Block, int], list[Part]]"

_CALL_ID = ("call_id", "tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "id")
_CALL_NAME = ("name", "tool_name", "toolName", "function_name", "function")
_ARGUMENTS = ("arguments", "args", "input", "parameters", "action", "queries", "code")
_RESULT = ("content", "output", "result", "response", "outputs", "results")
_INLINE_RESULT = ("output", "results", "outputs")
_SERVER_CALL, _SERVER_RESULT = "server_tool_call", "server_tool_call_response"


def as_text(value: JsonValue) -> str | None:
    """Text as found, JSON text of anything else, None for null."""
    if value is None or isinstance(value, str):
        return value
    return dumps(value)


def first(block: Mapping[str, Any], keys: Sequence[str]) -> Any:
    """The first value that is not null among the keys."""
    for key in keys:
        value = block.get(key)
        if value is not None:
            return value
    return None


def first_text(block: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    """The first non-empty string among the keys."""
    for key in keys:
        value = block.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def read_parts(content: JsonValue, depth: int = 0) -> list[Part]:
    """Parts of a message's content: a string, one block, or a list of strings and blocks."""
    if content is None or content == "":
        return []
    if depth > MAX_DEPTH:
        return [other(content)]
    if isinstance(content, list):
        return [part for item in content for part in read_parts(item, depth + 1)]
    if isinstance(content, dict):
        return read_block(content, depth + 1)
    return [Part(PartType.TEXT, as_text(content))]


def read_block(block: Block, depth: int = 0) -> list[Part]:
    """Parts of one content block; mostly one, more where a call carries its own result."""
    reader = reader_of(block)
    return [other(block)] if reader is None else reader(block, depth)


def reader_of(block: Block) -> BlockReader | None:
    """The reader for a block by its `type`, else by its one telling key; None for an unknown block."""
    word = block.get("type")
    if isinstance(word, str):
        return _BY_TYPE.get(word) or _by_type_ending(word)
    telling = [key for key in block if key not in _DECORATION]
    return _BY_KEY.get(telling[0]) if len(telling) == 1 else None


def other(value: JsonValue) -> Part:
    """A part that keeps something unknown as JSON text."""
    return Part(PartType.OTHER, as_text(value))


# --- tool calls and results ------------------------------------------------------------------------------------


def tool_call(call: Block, depth: int = 0) -> list[Part]:
    """A request to call a tool, in any of the shapes with `function`, `custom` or flat names and arguments."""
    inner = next(
        (call[key] for key in ("function", "custom", "tool_call") if isinstance(call.get(key), dict)), call
    )
    if isinstance(inner.get("function"), dict):
        return tool_call(inner, depth + 1) if depth < MAX_DEPTH else [other(call)]
    part = Part(
        PartType.TOOL_CALL,
        as_text(first(inner, _ARGUMENTS)),
        tool_call_id=first_text(call, _CALL_ID) or first_text(inner, _CALL_ID),
        tool_name=first_text(inner, _CALL_NAME),
    )
    return [part]


def _builtin_call(call: Block, depth: int) -> list[Part]:
    """A call that the provider ran itself, such as `web_search_call`; its result may stand inside."""
    (part,) = tool_call(call, depth)[:1]
    named = replace(part, tool_name=part.tool_name or str(call["type"]).removesuffix("_call"))
    inline = first(call, _INLINE_RESULT)
    if inline is None:
        return [named]
    result = {"content": inline, "call_id": named.tool_call_id, "name": named.tool_name}
    return [named, *tool_result(result, depth)]


def _server_call(call: Block, depth: int) -> list[Part]:
    """A call that the provider ran, as GenAI has it: what was asked stands under a key of the same name."""
    asked = call.get(_SERVER_CALL)
    if not isinstance(asked, dict):
        return tool_call(call, depth)
    (part,) = tool_call({**call, _SERVER_CALL: None}, depth)
    arguments = first(asked, ("arguments", "input"))
    if arguments is None:
        arguments = {key: value for key, value in asked.items() if key != "type"} or None
    kind = first_text(asked, ("type",))
    return [replace(part, content=as_text(arguments), tool_name=part.tool_name or kind)]


def _server_result(block: Block, depth: int) -> list[Part]:
    given = block.get(_SERVER_RESULT)
    if not isinstance(given, dict):
        return tool_result(block if given is None else {**block, "content": given}, depth)
    said = first(given, _RESULT)
    return tool_result({**given, **block, "content": given if said is None else said}, depth)


def tool_result(block: Block, depth: int = 0) -> list[Part]:
    """What a tool gave back: one TOOL_RESULT with its text, then its media as parts of their own."""
    call_id, name = first_text(block, _CALL_ID), first_text(block, _CALL_NAME)
    text, media = _result_content(first(block, _RESULT), depth)
    result = Part(PartType.TOOL_RESULT, text, tool_call_id=call_id, tool_name=name, is_error=_is_error(block))
    return [result, *(replace(part, tool_call_id=call_id, tool_name=name) for part in media)]


def _is_error(block: Block) -> bool | None:
    flag = first(block, ("is_error", "isError"))
    if isinstance(flag, bool):
        return flag
    return True if block.get("status") == "error" else None


def _result_content(content: JsonValue, depth: int) -> tuple[str | None, list[Part]]:
    blocks = content if isinstance(content, list) else [content]
    if depth > MAX_DEPTH or not blocks or not all(_is_block(item) for item in blocks):
        return as_text(_unwrapped(content)), []
    parts = read_parts(blocks, depth + 1)
    texts = [part.content or "" for part in parts if part.type is not PartType.MEDIA]
    media = [part for part in parts if part.type is PartType.MEDIA]
    return ("\n".join(texts) if texts else None), media


def _is_block(item: JsonValue) -> bool:
    return isinstance(item, dict) and reader_of(item) is not None


def _unwrapped(content: JsonValue) -> Any:
    """AI SDK results say `{"type": "json", "value": …}`; the value is the result."""
    if isinstance(content, dict) and content.keys() == {"type", "value"}:
        return content["value"]
    return content


# --- text, thinking, compaction --------------------------------------------------------------------------------


def _text(block: Block, _depth: int) -> list[Part]:
    value = first(block, ("text", "content", "refusal", "value"))
    if isinstance(value, dict):
        value = first(value, ("value", "text"))
    if block.get("thought") is True:
        return [Part(PartType.THINKING, as_text(value))]
    return [Part(PartType.TEXT, as_text(value))] if value not in (None, "") else []


def _thinking(block: Block, depth: int) -> list[Part]:
    for key in ("thinking", "reasoning", "text", "content", "summary", "reasoningText"):
        text = _joined_text(block.get(key), depth)
        if text:
            return [Part(PartType.THINKING, text)]
    hidden = first(block, ("data", "encrypted_content", "redactedContent", "signature"))
    size = len(hidden) if isinstance(hidden, str) else None
    return [Part(PartType.THINKING, None, size_bytes=size)]


def _joined_text(value: JsonValue, depth: int) -> str | None:
    if not isinstance(value, (list, dict)):
        return as_text(value)
    return "\n".join(part.content for part in read_parts(value, depth + 1) if part.content) or None


def _compaction(block: Block, _depth: int) -> list[Part]:
    return [
        Part(PartType.COMPACTION, as_text(first(block, ("content", "summary", "text", "encrypted_content"))))
    ]


def _inner(key: str) -> BlockReader:
    """Reads the block that stands under a key, as Bedrock and Gemini wrap theirs."""

    def read(block: Block, depth: int) -> list[Part]:
        inner = block.get(key)
        if not isinstance(inner, dict) or depth > MAX_DEPTH:
            return [other(block)]
        return _INNER[key](inner, depth + 1)

    return read


def _json(block: Block, _depth: int) -> list[Part]:
    return [Part(PartType.TEXT, as_text(block.get("json")))]


def _code(block: Block, _depth: int) -> list[Part]:
    return [Part(PartType.TOOL_CALL, as_text(block.get("code")), tool_name="code_execution")]


def _program(block: Block, depth: int) -> list[Part]:
    """Code that the model wrote for OpenAI to run, which calls tools itself."""
    (call,) = tool_call(block, depth)[:1]
    return [replace(call, tool_name="program")]


def _media(block: Block, depth: int) -> list[Part]:
    """A picture, sound, film or file; a document given as text or as blocks is read as those."""
    source = block.get("source")
    if isinstance(source, dict) and source.get("type") in ("text", "content"):
        return read_parts(first(source, ("data", "content")), depth + 1)
    part = media_part(block)
    return [other(block) if part is None else part]


# --- which block is read by what -------------------------------------------------------------------------------


def _by_type_ending(word: str) -> BlockReader | None:
    """Readers for families of block types: every provider adds new built-in tools under these endings."""
    return next((reader for ending, reader in _BY_ENDING if word.endswith(ending)), None)


def _table(rows: Sequence[tuple[str, BlockReader]]) -> Mapping[str, BlockReader]:
    return MappingProxyType({word: reader for words, reader in rows for word in words.split()})


def _image_generation(block: Block, depth: int) -> list[Part]:
    call, *_ = tool_call(block, depth)
    made = [] if block.get("result") is None else [media_of(str(block["result"]), "image/*")]
    return [replace(call, content=as_text(block.get("revised_prompt")), tool_name="image_generation"), *made]


_BY_TYPE = _table(
    (
        ("text input_text output_text plain_text refusal non_standard_text", _text),
        ("thinking redacted_thinking reasoning reasoning_text summary_text redacted-reasoning", _thinking),
        ("tool_use server_tool_use mcp_tool_use tool_call tool-call toolCall", tool_call),
        ("function_call custom_tool_call tool_call_chunk function custom invalid_tool_call", tool_call),
        ("tool_result tool-result toolResult tool_call_response", tool_result),
        (_SERVER_CALL, _server_call),
        (_SERVER_RESULT, _server_result),
        ("function_call_output custom_tool_call_output program_output tool_result_block", tool_result),
        ("program", _program),
        ("image_url image input_image input_audio audio video video_url document file input_file", _media),
        ("blob uri media file_url output_image image-data file-data", _media),
        ("compaction context_compaction", _compaction),
        ("image_generation_call", _image_generation),
        ("json", _json),
    )
)
_BY_ENDING: tuple[tuple[str, BlockReader], ...] = (
    ("_call_output", tool_result),
    ("_tool_result", tool_result),
    ("_call", _builtin_call),
)
_BY_KEY: Mapping[str, BlockReader] = MappingProxyType(
    {
        "text": _text,
        "json": _json,
        "image": _media,
        "image_url": _media,
        "document": _media,
        "video": _media,
        "inlineData": _media,
        "inline_data": _media,
        "fileData": _media,
        "file_data": _media,
        "functionCall": _inner("functionCall"),
        "function_call": _inner("function_call"),
        "functionResponse": _inner("functionResponse"),
        "function_response": _inner("function_response"),
        "toolUse": _inner("toolUse"),
        "toolResult": _inner("toolResult"),
        "reasoningContent": _inner("reasoningContent"),
        "executableCode": _inner("executableCode"),
        "executable_code": _inner("executable_code"),
        "codeExecutionResult": _inner("codeExecutionResult"),
        "code_execution_result": _inner("code_execution_result"),
        "message_content": _inner("message_content"),
    }
)
_INNER: Mapping[str, BlockReader] = MappingProxyType(
    {
        "functionCall": tool_call,
        "function_call": tool_call,
        "functionResponse": tool_result,
        "function_response": tool_result,
        "toolUse": tool_call,
        "toolResult": tool_result,
        "reasoningContent": _thinking,
        "executableCode": _code,
        "executable_code": _code,
        "codeExecutionResult": tool_result,
        "code_execution_result": tool_result,
        "message_content": read_block,
    }
)
_DECORATION = frozenset(
    ("thought", "thoughtSignature", "thought_signature", "signature", "videoMetadata", "video_metadata")
)
