"""Attributes whose names carry a structure: `llm.input_messages.0.message.role` as a list of messages, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tracetui.formats.conventions_values import Attributes, parsed

_MAX_SEGMENTS = 32
_MAX_LEVELS = 64

Node = dict[str, Any]


def nested_list(attributes: Attributes, prefix: str) -> list[Any]:
    """The list under a prefix: a real list or JSON text of one, else rebuilt from indexed names, sorted by number.

    Dotted names inside the elements of a real list (`message.role` of a Parquet struct) are unfolded too.
    """
    whole = parsed(attributes.get(prefix))
    if isinstance(whole, list):
        return [unfolded(item) for item in whole]
    rebuilt = as_lists(_tree(_under(attributes, prefix + ".")))
    return rebuilt if isinstance(rebuilt, list) else []


def unfolded(value: Any, depth: int = 0) -> Any:
    """The value with dotted names inside its objects unfolded and entries without value left out."""
    if depth > _MAX_LEVELS:
        return value
    if isinstance(value, list):
        return [unfolded(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    pairs = ((key, unfolded(item, depth + 1)) for key, item in value.items() if item is not None)
    return as_lists(_tree(pairs))


def flattened(value: Mapping[str, Any], whole: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Objects in objects as dotted names; lists, and objects under a name of `whole`, stay; nulls are left out."""
    flat: dict[str, Any] = {}
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        name, item, depth = stack.pop()
        if isinstance(item, dict) and item and depth <= _MAX_LEVELS and name not in whole:
            start = name + "." if name else ""
            stack.extend((start + str(key), child, depth + 1) for key, child in reversed(item.items()))
        elif item is not None and name:
            held = name in whole and isinstance(item, dict)
            flat[name] = {key: child for key, child in item.items() if child is not None} if held else item
    return flat


def _under(attributes: Attributes, start: str) -> Iterator[tuple[str, Any]]:
    return ((key[len(start) :], value) for key, value in attributes.items() if key.startswith(start))


def _tree(pairs: Any) -> Node:
    """Objects from dotted names; where a name is both a value and a prefix, the value stays under an empty name."""
    root: Node = {}
    for name, value in pairs:
        segments = str(name).split(".", _MAX_SEGMENTS)
        node = root
        for segment in segments[:-1]:
            child = node.get(segment)
            if not isinstance(child, dict):
                child = {} if segment not in node else {"": child}
                node[segment] = child
            node = child
        last = segments[-1]
        if isinstance(node.get(last), dict) and not isinstance(value, dict):
            node[last][""] = value
        else:
            node[last] = value
    return root


def as_lists(value: Any, depth: int = 0) -> Any:
    """Objects whose names are all numbers as lists in numeric order."""
    if not isinstance(value, dict) or depth > _MAX_LEVELS:
        return value
    if value and all(key.isdecimal() and len(key) < 10 for key in value):
        return [as_lists(value[key], depth + 1) for key in sorted(value, key=int)]
    return {key: as_lists(item, depth + 1) for key, item in value.items()}
