"""Column values that stand in a path as `name=value` folders, as Hive and Spark write them."""

from __future__ import annotations

from urllib.parse import unquote

_NULL = "__HIVE_DEFAULT_PARTITION__"


def partitions_of(name: str) -> tuple[tuple[str, str | None], ...]:
    """The partition columns of a file's path, outermost first; values stay text."""
    folders = name.replace("!", "/").split("/")[:-1]
    pairs = [folder.partition("=") for folder in folders]
    return tuple(
        (unquote(key), None if value == _NULL else unquote(value))
        for key, sign, value in pairs
        if sign and key
    )
