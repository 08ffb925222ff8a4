"""Fields of a plain line taken one by one, noting what does not fit instead of failing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tracetui.formats.conventions_values import integer_value, number_value, parsed
from tracetui.formats.times import to_ns
from tracetui.reading.lenient import dumps

T = TypeVar("T")
UNKNOWN_SEMANTICS = "unknown"
"""The word of usage whose source does not say whether cached tokens are within its input."""


@dataclass(slots=True)
class Fields:
    """An object of the plain format. `problems` collects, in words, each field whose value is of the wrong type.

    Lists and objects may also come as JSON text, as they stand in the columns of a Parquet file.
    """

    values: dict[str, Any]
    problems: list[str] = field(default_factory=list)
    where: str = ""

    def text(self, key: str) -> str | None:
        """A string as it stands; JSON text of anything else."""
        value = self.values.get(key)
        return value if value is None or isinstance(value, str) else dumps(value)

    def word(self, key: str) -> str | None:
        """A string that is an id or a name; a number in decimal."""
        value = self.values.get(key)
        if isinstance(value, str) or value is None:
            return value
        return self._checked(key, str(value) if type(value) is int and abs(value) < 2**63 else None, "text")

    def count(self, key: str) -> int | None:
        """An integer of 64 bits."""
        return self._checked(key, integer_value(self.values.get(key)), "an integer")

    def amount(self, key: str) -> int | None:
        """An integer of 64 bits that is not below 0."""
        count = integer_value(self.values.get(key))
        return self._checked(key, count if count is not None and count >= 0 else None, "an integer from 0 on")

    def number(self, key: str) -> float | None:
        """A finite number."""
        return self._checked(key, number_value(self.values.get(key)), "a number")

    def time_ns(self, key: str) -> int | None:
        """ISO 8601 text or a number of seconds, milliseconds, microseconds or nanoseconds, told by its size."""
        return self._checked(key, to_ns(self.values.get(key)), "a time")

    def truth(self, key: str) -> bool | None:
        """True, false or nothing; also as the words, which a column of text holds."""
        value = self.values.get(key)
        found = value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
        return self._checked(key, found, "true or false")

    def object(self, key: str) -> dict[str, Any] | None:
        """An object."""
        value = parsed(self.values.get(key))
        return self._checked(key, value if isinstance(value, dict) else None, "an object")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        found: list[str] = []
        for item in self._list(key):
            if isinstance(item, str):
                found.append(item)
            else:
                self._odd(key, "a list of strings")
        return tuple(found)

    def items(self, key: str) -> Iterator[Fields]:
        """The objects of a list, sharing this object's list of problems."""
        for item in self._list(key):
            if isinstance(item, dict):
                yield Fields(item, self.problems, f"{self.where}{key}.")
            else:
                self._odd(key, "a list of objects")

    def _list(self, key: str) -> list[Any]:
        value = parsed(self.values.get(key))
        return self._checked(key, value if isinstance(value, list) else None, "a list") or []

    def _checked(self, key: str, found: T | None, wanted: str) -> T | None:
        if found is None and self.values.get(key) is not None:
            self._odd(key, wanted)
        return found

    def _odd(self, key: str, wanted: str) -> None:
        self.problems.append(f"{self.where}{key} is not {wanted}")
