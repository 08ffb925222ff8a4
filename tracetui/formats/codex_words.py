"""What the texts of Codex's logs mean: context that it adds to prompts, how a command ended."""

from __future__ import annotations

import re

from tracetui.formats.conventions_values import integer_value, parsed_object, payload_text
from tracetui.formats.message_parts import read_parts
from tracetui.model import JsonValue

_CONTEXT = (
    *("<environment_context>", "<user_instructions>", "<permissions instructions>", "<INSTRUCTIONS>"),
    *(
        "# AGENTS.md instructions",
        "<turn_aborted>",
        "<user_shell_command>",
        "<skill>",
        "<subagent_notification>",
    ),
)
_EXIT_CODE = re.compile(r"^(?:Process exited with code|Exit code:) (\d{1,6})\s*$", re.MULTILINE)
_HEAD_CHARS = 400


def is_context(text: str) -> bool:
    """Whether a message of the user's role was written by the program."""
    return text.lstrip().startswith(_CONTEXT)


def tool_outcome(output: JsonValue) -> tuple[str | None, str | None]:
    """What a tool gave back as text, and the type of its failure, None where it did not fail."""
    told = output if isinstance(output, dict) else parsed_object(output) if isinstance(output, str) else None
    if told is None:
        text = _joined(output)
        return text, _failure(_exit_code_in(text))
    metadata = told["metadata"] if isinstance(told.get("metadata"), dict) else {}
    inner = told.get("output", told.get("content"))
    text = payload_text(inner) if inner is not None else payload_text(output)
    failure = _failure(integer_value(metadata.get("exit_code")))
    return text, failure or ("failed" if told.get("success") is False else None)


def _joined(output: JsonValue) -> str | None:
    if isinstance(output, list):
        return "\n".join(part.content or "" for part in read_parts(output))
    return payload_text(output)


def _exit_code_in(text: str | None) -> int | None:
    found = _EXIT_CODE.search((text or "")[:_HEAD_CHARS])
    return int(found.group(1)) if found else None


def said_by(text: str | None) -> str | None:
    """What a command itself said, without the lines that the program puts before it."""
    head, found, said = (text or "").partition("\nOutput:\n")
    return said if found and _EXIT_CODE.search(head) else text


def _failure(code: int | None) -> str | None:
    return f"exit code {code}" if code else None


def tool_id_of(thread_id: str) -> str:
    """The span id of the tool call that spawned a sub-agent, the same in the files of both threads."""
    return f"spawn-{thread_id}"
