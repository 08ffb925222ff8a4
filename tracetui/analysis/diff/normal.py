"""Values as they are compared: JSON without what does not count, in one order, and fingerprints of it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import orjson

from tracetui.analysis.diff.side_effects import may_have_side_effects
from tracetui.analysis.diff.volatile import BY_DEFAULT, Leaving, Volatile
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
    return Forms(rule).form(text)


def fingerprint(*texts: str) -> int:
    """A number for texts, the same in every process and never 0."""
    digest = blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) & _BITS or 1


class Forms:
    """Normal forms of many values under one rule; what it says of a key is remembered."""

    def __init__(self, rule: Volatile = BY_DEFAULT) -> None:
        self._leaving = Leaving(rule)
        self._leaving_of_arguments = Leaving(rule.of_arguments())

    @property
    def left_out(self) -> frozenset[str]:
        """Keys that were left out of some value so far."""
        return frozenset(self._leaving.left_out | self._leaving_of_arguments.left_out)

    def form(self, text: str, tool: str = "") -> str:
        """JSON text of an object or list in one order without what does not count; any other text as it is.

        Of what a `tool` that may change something was given, generated values alone do not count.
        """
        value = container(text)
        return text if value is None else _ordered(self._for(tool).cleaned(value))

    def fingerprint(self, text: str) -> int:
        """A number for the normal form of a text."""
        return fingerprint(self.form(text))

    def arguments(self, operation: str, text: str, tool: str = "") -> tuple[int, tuple[int, ...]]:
        """A number for the normal form of what a call was given, and one for each single argument."""
        value = container(text)
        if not isinstance(value, dict):
            form = text if value is None else _ordered(self._for(tool).cleaned(value))
            return fingerprint(form), (fingerprint(operation, form),)
        self._for(tool).cleaned(value)
        each = tuple(fingerprint(operation, key, _ordered(item)) for key, item in value.items())
        return fingerprint(_ordered(value)), each

    def entries(self, text: str) -> Iterator[tuple[str, int]]:
        """The keys of a JSON object, each with a number for its value; of any other text one without a key."""
        value = self._leaving.cleaned(container(text))
        if isinstance(value, dict):
            yield from ((key, fingerprint(_ordered(item))) for key, item in value.items())
        elif text:
            yield "", fingerprint(text if value is None else _ordered(value))

    def _for(self, tool: str) -> Leaving:
        return self._leaving_of_arguments if tool and may_have_side_effects(tool) else self._leaving


def _with_plain_numbers(value: JsonValue) -> JsonValue:
    """The value, changed in place where whole numbers in it are written as fractions, 1.0 for 1."""
    holder: list[JsonValue] = [value]
    stack: list[list[JsonValue] | dict[str, JsonValue]] = [holder]
    while stack:
        above = stack.pop()
        if isinstance(above, dict):
            above.update({key: _plain_number(item) for key, item in above.items()})
        else:
            above[:] = map(_plain_number, above)
        inner = above.values() if isinstance(above, dict) else above
        stack.extend(item for item in inner if isinstance(item, dict | list))
    return holder[0]


def _plain_number(value: JsonValue) -> JsonValue:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _ordered(value: JsonValue) -> str:
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        if b".0" in text:
            text = orjson.dumps(_with_plain_numbers(value), option=orjson.OPT_SORT_KEYS)
        return text.decode()
    except orjson.JSONEncodeError:
        return dumps(value)
