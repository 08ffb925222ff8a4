"""Values as they are compared: JSON without what does not count, in one order, and fingerprints of it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import orjson

from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile, without_volatile
from tracetui.model import JsonValue
from tracetui.reading.lenient import NotJson, dumps, loads

_BITS = 2**61 - 1


def container(text: str | None) -> JsonValue:
    """The object or list that the text is as JSON; None where it is none."""
    if text is None or text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        value, _ = loads(text)
    except NotJson:
        return None
    return value if isinstance(value, dict | list) else None


def normal_form(text: str, rule: Volatile = BY_DEFAULT) -> str:
    """JSON text of an object or list in one order without what does not count; any other text as it is."""
    value = container(text)
    return text if value is None else _ordered(without_volatile(value, rule))


def fingerprint(*texts: str) -> int:
    """A number for texts, the same in every process and never 0."""
    digest = blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) & _BITS or 1


def facets(operation: str, text: str, rule: Volatile = BY_DEFAULT) -> tuple[int, ...]:
    """Fingerprints of the single arguments of a call."""
    value = container(text)
    if not isinstance(value, dict):
        return (fingerprint(operation, normal_form(text, rule)),)
    return tuple(_of_entries(operation, value, rule))


def _of_entries(operation: str, value: dict[str, JsonValue], rule: Volatile) -> Iterable[int]:
    for key, item in value.items():
        if not rule.leaves_out(key, item):
            yield fingerprint(operation, key, _ordered(without_volatile(item, rule)))


def _ordered(value: JsonValue) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:
        return dumps(value)
