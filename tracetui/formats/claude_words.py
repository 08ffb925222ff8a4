"""What the texts of Claude Code's logs mean: prompts, slash commands, interruptions, refusals, API errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tracetui.formats.conventions_values import text_value
from tracetui.formats.message_parts import first_text
from tracetui.model import Part, PartType

SYNTHETIC = "<synthetic>"
"""The model that Claude Code names where no model answered."""

_INTERRUPTED = "[Request interrupted by user"
_REJECTED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action",
)
_NOT_ALLOWED = re.compile(
    r"This command requires approval|Claude requested permissions to |Permission to use .{1,200}? has been denied"
)
_LOCAL = ("<local-command-stdout>", "<local-command-stderr>", "<local-command-caveat>", "<bash-stdout>")
_ASIDE = (
    "<system-reminder>",
    "<task-notification>",
    "<ide_opened_file>",
    "<ide_selection>",
    "Caveat: The messages below",
)
_COMMAND = re.compile(r"<command-name>(.*?)</command-name>", re.DOTALL)
_ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)
_BASH_INPUT = re.compile(r"<bash-input>(.*?)</bash-input>", re.DOTALL)
_STATUS_CODE = re.compile(r"API Error:?\s*\(?(\d{3})\b")
_ERROR_WORD = re.compile(r'"type"\s*:\s*"(\w+_error)"')


def prompt_of(parts: Sequence[Part]) -> str | None:
    """What a person asked for in a user line; None where the line is context, output or a notice."""
    texts = [part.content or "" for part in parts if part.type is PartType.TEXT]
    said = [text for text in texts if not text.lstrip().startswith((*_ASIDE, *_LOCAL, _INTERRUPTED))]
    if not said:
        has_media = any(part.type is PartType.MEDIA and part.tool_call_id is None for part in parts)
        return "(picture)" if has_media else None
    return _command_of(said[0]) or "\n".join(said)


def _command_of(text: str) -> str | None:
    """A slash command or a `!` command as it was typed."""
    shell = _BASH_INPUT.search(text)
    if shell:
        return f"! {shell.group(1).strip()}"
    name, arguments = _COMMAND.search(text), _ARGUMENTS.search(text)
    if name is None:
        return None
    typed = name.group(1).strip()
    slashed = typed if typed.startswith("/") else f"/{typed}"
    return f"{slashed} {arguments.group(1).strip()}".rstrip() if arguments else slashed


def is_command(text: str) -> bool:
    """Whether a prompt was a command, which may not have called a model at all."""
    return text.startswith(("/", "! "))


def is_interruption(parts: Sequence[Part]) -> bool:
    """Whether a line tells that the user stopped the work."""
    return any((part.content or "").lstrip().startswith(_INTERRUPTED) for part in parts)


def is_rejection(part: Part) -> bool:
    """Whether a tool result says that the user did not allow the call or stopped it."""
    return (part.content or "").lstrip().startswith((*_REJECTED, _INTERRUPTED))


def is_not_allowed(part: Part) -> bool:
    """Whether a tool result says that the call needed a permission which nobody gave."""
    return part.is_error is True and _NOT_ALLOWED.match((part.content or "").lstrip()) is not None


def api_error(line: dict[str, Any], text: str) -> tuple[str, str] | None:
    """Type and message of the API error that a line of the synthetic model stands for; None where it is a notice."""
    if line.get("isApiErrorMessage") is not True and not text.startswith("API Error"):
        return None
    code, word = _STATUS_CODE.search(text), _ERROR_WORD.search(text)
    found = word.group(1) if word else f"HTTP {code.group(1)}" if code else None
    return found or first_text(line, ("error",)) or "api_error", text or "API error"


def system_error(line: dict[str, Any]) -> tuple[str, str]:
    """Type and message of a `system` line of subtype `api_error` or `api_retry`: a try that failed and is made again."""
    error = line["error"] if isinstance(line.get("error"), dict) else {}
    inner = error
    for _ in range(3):
        inner = inner["error"] if isinstance(inner.get("error"), dict) else inner
    cause = line["cause"] if isinstance(line.get("cause"), dict) else {}
    status = text_value(error.get("status") or line.get("error_status"))
    kind = (
        first_text(inner, ("type",)) or first_text(cause, ("code",)) or (f"HTTP {status}" if status else None)
    )
    message = first_text(inner, ("message",)) or first_text(line, ("content", "error")) or kind
    return kind or "api_error", message or "API error"
