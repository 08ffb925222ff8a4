"""Trace and span ids in one lossless form: hex in lower case; any other text stays as it is."""

from __future__ import annotations

import base64
import binascii
import re

from tracetui.model import JsonValue

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8

_HEX = re.compile(r"(?:[0-9a-fA-F]{16}|[0-9a-fA-F]{32})", re.ASCII)
_PREFIXED_HEX = re.compile(r"0[xX][0-9a-fA-F]+", re.ASCII)
_PADDED = {TRACE_ID_BYTES: (24, "=="), SPAN_ID_BYTES: (12, "=")}


def trace_id(value: JsonValue) -> str | None:
    """A trace id: hex lower case without 0x, hex of base64 for 16 bytes, other text as found; None if there is none."""
    return _normal(value, TRACE_ID_BYTES)


def span_id(value: JsonValue) -> str | None:
    """A span id: hex lower case without 0x, hex of base64 for 8 bytes, other text as found; None if there is none."""
    return _normal(value, SPAN_ID_BYTES)


def _normal(value: JsonValue, size_bytes: int) -> str | None:
    """The id, or None for absent, empty, all zeros, or a type that no producer writes ids in.

    Base64 is taken as such only where no doubt is left: right length, right padding, and the same text again when
    encoded back.
    """
    if not isinstance(value, str):
        return str(value) if type(value) is int and 0 < value < 2**128 else None
    text = value.strip()
    if _HEX.fullmatch(text):
        normal = text.lower()
    elif _PREFIXED_HEX.fullmatch(text):
        normal = text[2:].lower()
    else:
        normal = _from_base64(text, size_bytes) or text
    return normal if normal.strip("0") else None


def _from_base64(text: str, size_bytes: int) -> str | None:
    length, padding = _PADDED[size_bytes]
    if len(text) != length or not text.endswith(padding):
        return None
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return octets.hex() if base64.b64encode(octets).decode() == text else None


def uuid_text(value: JsonValue) -> str | None:
    """An id, a UUID in lower case and any other text as it stands; None where there is none."""
    found = span_id(value)
    return found.lower() if found and _UUID.fullmatch(found) else found


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
