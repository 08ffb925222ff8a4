"""Keys of the objects inside rows, as dotted paths a few levels deep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracetui.formats.generic_map import value_at
from tracetui.formats.generic_names import NAMES, plain_name

_MOST_LEVELS = 3
_MOST_KEYS = 50
_MOST_PATHS = 2_000
_SURE = 50
_USAGES = frozenset(("usage", "token_usage", "usage_metadata", "tokens"))
_IDS = ("trace_id", "span_id", "parent_id", "session_id", "user_id")
_COUNTS = ("input_tokens", "output_tokens", "total_tokens")


def paths_in(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """Columns, each followed by the keys of the objects in it, up to three levels and 2,000 paths in all.

    What a step was given or gave is looked into one level deep, but for counts of tokens: what stands below that
    speaks of something else.
    """
    left = _MOST_PATHS
    for column in columns:
        yield column
        waiting = [(column, 1)] if "." not in column else []
        while waiting and left > 0:
            above, level = waiting.pop(0)
            for path in _keys(rows, above):
                left -= 1
                yield path
                if level < _MOST_LEVELS and (_is_usage(path) or not _is_payload(above)):
                    waiting.append((path, level + 1))


def name_in(path: str) -> str:
    """The plain name of a key inside objects; `conversation.id` and `tok.in` are `conversation_id` and `tok_in`."""
    *_, above, own = path.split(".")
    name = plain_name(own)
    both = f"{plain_name(above)}_{name}"
    fields = _IDS if name == "id" else _COUNTS
    return both if any(both in NAMES[field] for field in fields) else name


def _keys(rows: Sequence[Mapping[str, Any]], path: str) -> list[str]:
    held = (value for row in rows if isinstance(value := value_at(row, path), dict))
    keys = dict.fromkeys(str(key) for value in held for key in value)
    return [f"{path}.{key}" for key in list(keys)[:_MOST_KEYS] if "." not in key]


def _is_usage(path: str) -> bool:
    return plain_name(path.rpartition(".")[2]) in _USAGES


def _is_payload(path: str) -> bool:
    name = plain_name(path.rpartition(".")[2])
    return any(NAMES[field].get(name, 0) >= _SURE for field in ("input", "output"))
