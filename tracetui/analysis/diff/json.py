"""JSON against JSON: which entries were added, removed and changed, with lists aligned by their elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from tracetui.analysis.diff.sequences import matching, stretches
from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile
from tracetui.model import JsonValue

Path: TypeAlias = "tuple[str | int, ...]"


_CONTAINERS = frozenset((dict, list))
_NUMBERS = {int, float}


class Change(StrEnum):
    """What happened to an entry."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class JsonChange:
    """One difference. `a_path` leads to it in the first value, `b_path` in the second; for what one side lacks, the
    path there is None. `before` and `after` are None likewise (a JSON null is None too: look at `change`)."""

    change: Change
    a_path: Path | None
    b_path: Path | None
    before: JsonValue = None
    after: JsonValue = None

    @property
    def path(self) -> Path:
        """Where it is in the second value, else in the first."""
        path = self.a_path if self.b_path is None else self.b_path
        return path or ()


def diff_json(a: JsonValue, b: JsonValue, rule: Volatile = BY_DEFAULT) -> tuple[JsonChange, ...]:
    """Differences in the order of the second value; empty where nothing but what `rule` leaves out differs."""
    return tuple(_Walk(a, b, rule).changes())


def patched(a: JsonValue, changes: Sequence[JsonChange]) -> JsonValue:
    """The second value, made of the first and the differences; the first stays as it is."""
    holder: list[Any] = [_copied(a)]
    for change in changes:
        if change.change is Change.CHANGED and change.a_path is not None:
            _parent(holder, change.a_path)[_last(change.a_path)] = _copied(change.after)
    for change in reversed(changes):
        if change.change is Change.REMOVED and change.a_path is not None:
            del _parent(holder, change.a_path)[_last(change.a_path)]
    for change in changes:
        if change.change is Change.ADDED and change.b_path is not None:
            _add(_parent(holder, change.b_path), _last(change.b_path), _copied(change.after))
    result: JsonValue = holder[0]
    return result


def path_text(path: Path) -> str:
    """A path as people write it: `passengers[0].name`; keys that are no words stand in quotation marks."""
    pieces = []
    for step in path:
        if isinstance(step, int):
            pieces.append(f"[{step}]")
        elif step.replace("-", "_").isidentifier():
            pieces.append(f".{step}" if pieces else step)
        else:
            pieces.append(f'["{step}"]')
    return "".join(pieces)


class _Walk:
    """Numbers that equal values share, whichever side comes first, and the walk over both."""

    def __init__(self, a: JsonValue, b: JsonValue, rule: Volatile) -> None:
        self._a, self._b, self._rule = a, b, rule
        self._numbers: dict[int, int] = {}

    def changes(self) -> Iterator[JsonChange]:
        """All differences, depth first."""
        stack: list[tuple[JsonValue, JsonValue, Path, Path] | JsonChange] = [(self._a, self._b, (), ())]
        while stack:
            item = stack.pop()
            if isinstance(item, JsonChange):
                yield item
                continue
            a, b, a_path, b_path = item
            if isinstance(a, dict) and isinstance(b, dict):
                stack.extend(reversed(list(self._entries(a, b, a_path, b_path))))
            elif isinstance(a, list) and isinstance(b, list):
                stack.extend(reversed(list(self._elements(a, b, a_path, b_path))))
            elif not _is_same_at_once(a, b):
                yield JsonChange(Change.CHANGED, a_path, b_path, a, b)

    def _entries(
        self, a: dict[str, Any], b: dict[str, Any], a_path: Path, b_path: Path
    ) -> Iterator[tuple[JsonValue, JsonValue, Path, Path] | JsonChange]:
        for key, value in b.items():
            if key in a:
                before = a[key]
                if not _is_same_at_once(before, value) and not self._is_left_out(key, before, value):
                    yield before, value, (*a_path, key), (*b_path, key)
            elif not self._rule.leaves_out(key, value):
                yield JsonChange(Change.ADDED, None, (*b_path, key), after=value)
        for key, value in a.items():
            if key not in b and not self._rule.leaves_out(key, value):
                yield JsonChange(Change.REMOVED, (*a_path, key), None, before=value)

    def _is_left_out(self, key: str, before: JsonValue, after: JsonValue) -> bool:
        return self._rule.leaves_out(key, before) and self._rule.leaves_out(key, after)

    def _elements(
        self, a: list[Any], b: list[Any], a_path: Path, b_path: Path
    ) -> Iterator[tuple[JsonValue, JsonValue, Path, Path] | JsonChange]:
        pairs = matching([self._of(item) for item in a], [self._of(item) for item in b])
        for part in stretches(pairs, len(a), len(b)):
            if part.is_equal:
                continue
            both = min(part.a_end - part.a_start, part.b_end - part.b_start)
            for place in range(both):
                i, j = part.a_start + place, part.b_start + place
                yield a[i], b[j], (*a_path, i), (*b_path, j)
            for i in range(part.a_start + both, part.a_end):
                yield JsonChange(Change.REMOVED, (*a_path, i), None, before=a[i])
            for j in range(part.b_start + both, part.b_end):
                yield JsonChange(Change.ADDED, None, (*b_path, j), after=b[j])

    def _of(self, value: JsonValue) -> int:
        if not isinstance(value, dict | list):
            return _scalar_number(value)
        if id(value) not in self._numbers:
            self._number(value)
        return self._numbers[id(value)]

    def _counted(self, value: dict[str, Any]) -> dict[str, Any]:
        return {key: item for key, item in value.items() if not self._rule.leaves_out(key, item)}

    def _number(self, root: JsonValue) -> None:
        """Number every list and object, the inner ones first."""
        stack: list[tuple[JsonValue, bool]] = [(root, False)]
        while stack:
            value, is_ready = stack.pop()
            if not isinstance(value, dict | list):
                continue
            below: Sequence[JsonValue] = (
                value if isinstance(value, list) else list(self._counted(value).values())
            )
            if not is_ready:
                stack.append((value, True))
                stack.extend((item, False) for item in below if isinstance(item, dict | list))
            elif isinstance(value, list):
                self._numbers[id(value)] = hash(("list", *map(self._of, value)))
            else:
                entries = sorted((key, self._of(item)) for key, item in self._counted(value).items())
                self._numbers[id(value)] = hash(("object", *entries))


def _scalar_number(value: JsonValue) -> int:
    """A number for a scalar; the hash of an int alone is shared by -1 and -2 and by others that differ in length."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int:
        return hash(("int", value, value.bit_length(), value == -1))
    return hash((type(value).__name__, value))


def _is_same_at_once(a: JsonValue, b: JsonValue) -> bool:
    """Whether two scalars, or two lists of scalars, are the same; False may also mean that it takes a closer look."""
    if type(a) is not type(b):
        return {type(a), type(b)} == _NUMBERS and a == b
    if isinstance(a, dict):
        return False
    if not isinstance(a, list) or not isinstance(b, list):
        return a == b
    kinds = list(map(type, a))
    return not _CONTAINERS.intersection(kinds) and kinds == list(map(type, b)) and a == b


def _copied(value: JsonValue) -> JsonValue:
    holder: list[Any] = [value]
    stack: list[tuple[Any, Any]] = [(holder, 0)]
    while stack:
        above, place = stack.pop()
        if isinstance(above[place], dict | list):
            above[place] = copy(above[place])
            places = above[place] if isinstance(above[place], dict) else range(len(above[place]))
            stack.extend((above[place], below) for below in places)
    copied: JsonValue = holder[0]
    return copied


def _parent(holder: list[Any], path: Path) -> Any:
    found: Any = holder
    for step in (0, *path)[:-1]:
        found = found[step]
    return found


def _last(path: Path) -> str | int:
    return path[-1] if path else 0


def _add(holder: Any, place: str | int, value: JsonValue) -> None:
    if isinstance(holder, list) and isinstance(place, int):
        holder.insert(place, value)
    else:
        holder[place] = value
