"""Decode and encode any JSON text found in the wild: `loads` repairs what strict decoders refuse, `dumps` never fails."""

from __future__ import annotations

import base64
import codecs
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import orjson

from tracetui.model import JsonValue
from tracetui.reading.nesting import MAX_DEPTH, too_deep_at

SHORTEST_TOO_DEEP = 2 * (MAX_DEPTH + 1)
"""Bytes of the shortest text that nests deeper."""

_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_MAX_INT_DIGITS = 4_300  # Python refuses to convert longer digit runs to and from text
_DIGITS_AND_MINUS = bytes(0x30 if c in b"-0123456789" else 0x20 for c in range(256))
_NOT_BRACKETS = bytes(c for c in range(256) if c not in b"[]{}")
_BYTES_PER_WINDOW = (
    400  # where digit runs stand closer, marking all of the text is cheaper than looking at each
)
_SHORT_RUN = re.compile(rb"[0-9-]{16,}")
_LONG_NUMBER = re.compile(rb"(?:\A|[\s:,\[])(?:-[0-9]{19,}|[0-9]{20,})(?=[\s,\]}]|\Z)")
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


class NotJson(ValueError):  # noqa: N818 - reads as what happened, like its siblings in the standard library
    """Text that is not JSON even after repairs; `reason` in words, `position` the byte where decoding stopped."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} at byte {position}")
        self.reason = reason
        self.position = position

    @property
    def is_too_deep(self) -> bool:
        """Whether it may well be JSON, but nests too deeply."""
        return self.reason.startswith("nested")


def loads(data: bytes | bytearray | memoryview | str) -> tuple[JsonValue, tuple[str, ...]]:
    """Decode one JSON text and say which repairs it took.

    Repair codes: `bom`, `bad_utf8` (to U+FFFD), `nan` (NaN and infinities to None), `lone_surrogate` (to U+FFFD),
    `big_int` (beyond 64 bits, kept exact as int), `big_number` (no Python number holds it, kept as its text),
    `control_char` (raw control character in a string, kept). The last of duplicate keys wins.
    Raises NotJson, also for nesting beyond MAX_DEPTH levels.
    """
    try:
        value: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _repaired(_as_bytes(data))
    octets = _as_bytes(data)
    if may_hold_long_number(octets):
        return _repaired(octets)
    check_depth(octets, value)
    return value, ()


def may_hold_long_number(octets: bytes) -> bool:
    """Whether the text may hold an integer beyond 64 bits, which strict decoding would round to a float.

    Works on a piece of any size, also on many lines at once; False is certain.
    """
    # A run of 20 digits shows as 4 digits in a row among every fifth byte.
    sampled = octets[::5].translate(_DIGITS_AND_MINUS)
    if b"0000" not in sampled:
        return False
    if sampled.count(b"0000") > len(octets) // _BYTES_PER_WINDOW:
        return _holds_long_number(octets)
    place = sampled.find(b"0000")
    while place >= 0:
        match = _SHORT_RUN.search(octets, max(5 * place - 5, 0), 5 * place + 21)
        if match and _LONG_NUMBER.match(octets, max(match.start() - 1, 0)):
            return True
        place = sampled.find(b"0000", place + 1)
    return False


def _holds_long_number(octets: bytes) -> bool:
    marked = octets.translate(_DIGITS_AND_MINUS)
    place = marked.find(b"0" * 20)
    while place >= 0:
        if _LONG_NUMBER.match(octets, max(place - 1, 0)):
            return True
        match = _SHORT_RUN.match(octets, place)
        assert match is not None
        place = marked.find(b"0" * 20, match.end())
    return False


def check_depth(octets: bytes, value: JsonValue) -> None:
    """Raise NotJson where `value`, decoded from `octets`, nests deeper than MAX_DEPTH; cheap on flat text."""
    if len(octets) < SHORTEST_TOO_DEEP:
        return
    # Splitting stops early and skips text faster than counting does.
    if len(octets.split(b"{", MAX_DEPTH)) + len(octets.split(b"[", MAX_DEPTH)) - 2 < MAX_DEPTH:
        return
    brackets, levels = octets.translate(None, _NOT_BRACKETS), 0
    while levels < MAX_DEPTH // 4 and len(brackets) > MAX_DEPTH:
        peeled = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(peeled) == len(brackets):
            break
        brackets, levels = peeled, levels + 2
    if levels + len(brackets) > MAX_DEPTH and _is_deeper(value):
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels", 0)


def _is_deeper(value: JsonValue) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        lists = [item for item in level if type(item) is list]
        dicts = [item for item in level if type(item) is dict]
        level = [child for item in lists for child in item if type(child) in (list, dict)]
        level += [child for item in dicts for child in item.values() if type(child) in (list, dict)]
        if not level:
            return False
    return True


def _as_bytes(data: bytes | bytearray | memoryview | str) -> bytes:
    if isinstance(data, str):
        return data.encode("utf-8", "surrogatepass")
    return data if isinstance(data, bytes) else bytes(data)


# --- repairs ----------------------------------------------------------------------------------------------------


def _repaired(octets: bytes) -> tuple[JsonValue, tuple[str, ...]]:
    repairs: dict[str, None] = {}
    skip = 0
    if octets.startswith(codecs.BOM_UTF8):
        repairs["bom"] = None
        skip = len(codecs.BOM_UTF8)
    text = _decoded(octets[skip:], repairs)
    place = too_deep_at(octets)
    if place is not None:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels", place)
    if "\\ud" in text or "\\uD" in text:
        text = _ESCAPE.sub(_surrogate_mender(repairs), text)
    try:
        value = _decoder(repairs, strict=True).decode(text)
    except json.JSONDecodeError as error:
        value = _decoded_with_control_chars(text, error, repairs, skip)
    except RecursionError:
        raise NotJson("nested too deeply to decode here", 0) from None
    return value, tuple(repairs)


def _decoded(octets: bytes, repairs: dict[str, None]) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        pass
    try:
        # A whole text that came as str with lone surrogates in it.
        text = octets.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        repairs["bad_utf8"] = None
        return octets.decode("utf-8", "replace")
    repairs["lone_surrogate"] = None
    return without_surrogates(text)


def without_surrogates(text: str) -> str:
    """The text with each lone surrogate as U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _surrogate_mender(repairs: dict[str, None]) -> Callable[[re.Match[str]], str]:
    def mend(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return match.group()
        repairs["lone_surrogate"] = None
        return "\\ufffd"

    return mend


def _decoder(repairs: dict[str, None], *, strict: bool) -> json.JSONDecoder:
    def constant(_: str) -> None:
        repairs["nan"] = None

    def integer(digits: str) -> int | str:
        if len(digits) > _MAX_INT_DIGITS:
            repairs["big_number"] = None
            return digits
        number = int(digits)
        if not _INT64_MIN <= number <= _UINT64_MAX:
            repairs["big_int"] = None
        return number

    def real(digits: str) -> float | str:
        number = float(digits)
        if math.isinf(number):
            repairs["big_number"] = None
            return digits
        return number

    return json.JSONDecoder(parse_constant=constant, parse_int=integer, parse_float=real, strict=strict)


def _decoded_with_control_chars(
    text: str, error: json.JSONDecodeError, repairs: dict[str, None], skip: int
) -> JsonValue:
    if error.msg.startswith("Invalid control character"):
        try:
            value: JsonValue = _decoder(repairs, strict=False).decode(text)
        except json.JSONDecodeError as later:
            error = later
        else:
            repairs["control_char"] = None
            return value
    reason = error.msg.removesuffix(" at").removesuffix(" starting")  # where is told by whoever reports it
    raise NotJson(reason, skip + len(text[: error.pos].encode())) from None


# --- encoding ---------------------------------------------------------------------------------------------------


def dumps(value: Any) -> str:
    """Compact JSON text of anything `loads` returns or a Parquet row holds; never raises.

    Decimal becomes its exact digits as a number, date and time ISO 8601 text, timedelta seconds, bytes base64 text,
    NaN and infinities null, sets arrays, keys text, anything else its `str`.
    """
    try:
        return orjson.dumps(value, default=_plain).decode()
    except (TypeError, ValueError):
        # Beyond 64 bits, nested past the native encoder's limit, lone surrogates, or keys that are not text.
        return "".join(_pieces(value))


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value)) if value.is_finite() else None
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, set | frozenset):
        return list(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


def _pieces(value: Any) -> Iterator[str]:
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, _Text):
            yield item.text
        elif isinstance(item, dict):
            stack.append(_Text("}"))
            for number, (key, child) in reversed(list(enumerate(item.items()))):
                stack += [child, _Text(f"{',' if number else ''}{_scalar(str(key))}:")]
            yield "{"
        elif isinstance(item, list | tuple | set | frozenset):
            stack.append(_Text("]"))
            for number, child in reversed(list(enumerate(item))):
                stack += [child, _Text(",")] if number else [child]
            yield "["
        else:
            yield _scalar(item)


def _scalar(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(Decimal(value))  # Decimal has no limit on the number of digits
    if isinstance(value, str):
        value = without_surrogates(value)
    try:
        return orjson.dumps(value, default=_plain).decode()
    except (TypeError, ValueError):
        return orjson.dumps(without_surrogates(str(value))).decode()
