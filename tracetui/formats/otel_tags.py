"""What OpenTelemetry's exporters write as tags where a format has no field for it: status, scope, span kind."""

from __future__ import annotations

from typing import Any

from tracetui.formats.conventions_status import STATUS_TEXT_KEY, status_of
from tracetui.formats.conventions_values import Attributes, first_text_value, text_value
from tracetui.model import Status

_SCOPE_KEYS = (
    ("name", ("otel.scope.name", "otel.library.name")),
    ("version", ("otel.scope.version", "otel.library.version")),
)
_MESSAGES = (STATUS_TEXT_KEY, "error.message", "error.object", "message")
_NO_ERROR = ("", "false", "0", "none", "null")


def status_in_tags(tags: Attributes) -> tuple[Status, str | None]:
    """Status and message of `otel.status_code` and of `error`, which is true or says the message itself."""
    error = tags.get("error")
    said = error.strip() if isinstance(error, str) else ""
    code = status_of(tags.get("otel.status_code"))
    if error is True or (said and said.lower() not in _NO_ERROR):
        code = Status.ERROR
    message = (
        first_text_value(tags, _MESSAGES) if code is Status.ERROR else text_value(tags.get(STATUS_TEXT_KEY))
    )
    return code, message or (said if said.lower() not in (*_NO_ERROR, "true") else None)


def scope_in_tags(tags: Attributes) -> dict[str, Any] | None:
    """Name and version of the instrumentation scope."""
    found = {key: first_text_value(tags, keys) for key, keys in _SCOPE_KEYS}
    return {key: text for key, text in found.items() if text is not None} or None
