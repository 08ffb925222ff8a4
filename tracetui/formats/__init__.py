"""Trace formats, one module each, found by walking this package and by entry points of `tracetui.formats`."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from tracetui.formats.contract import Format, Head, Match

GROUP = "tracetui.formats"
"""Entry point group of plug-ins; each names a `Format`, or a module with one under `FORMAT`."""


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A plug-in whose format cannot be used, and why."""

    name: str
    reason: str


def known_formats() -> tuple[Format, ...]:
    """Every usable format, by name; built-in ones win over plug-ins of the same name."""
    built_in = {found.name: found for found in _built_in()}
    plugged = {
        found.name: found for found in _plugged() if isinstance(found, Format) and found.name not in built_in
    }
    return tuple(sorted((*built_in.values(), *plugged.values()), key=lambda known: known.name))


def broken_plugins() -> tuple[BrokenPlugin, ...]:
    """Plug-ins that did not load, are no `Format`, or want the name of a built-in format."""
    built_in = {found.name for found in _built_in()}
    taken = [
        BrokenPlugin(found.name, "a built-in format has this name")
        for found in _plugged()
        if isinstance(found, Format) and found.name in built_in
    ]
    return (*(found for found in _plugged() if isinstance(found, BrokenPlugin)), *taken)


def recognise(head: Head, formats: Sequence[Format]) -> tuple[Format, Match] | None:
    """The format that is surest of a source's head, ties by name; None where nobody knows it."""
    found = [(known, match) for known in formats if (match := _sniffed(known, head)) is not None]
    return min(found, key=lambda pair: (-pair[1].confidence, pair[0].name), default=None)


def _sniffed(known: Format, head: Head) -> Match | None:
    try:
        return known.sniff(head)
    except Exception:  # a plug-in's fault must not stop the formats that can read the source
        logging.getLogger(__name__).warning(
            "format %s failed to sniff %s", known.name, head.name, exc_info=True
        )
        return None


def _built_in() -> Iterator[Format]:
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        found = getattr(importlib.import_module(module.name), "FORMAT", None)
        if isinstance(found, Format):
            yield found


def _plugged() -> Iterable[Format | BrokenPlugin]:
    return [_loaded(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]


def _loaded(point: EntryPoint) -> Format | BrokenPlugin:
    try:
        target = point.load()
    except Exception as error:  # noqa: BLE001 - a plug-in may fail in any way; the rest must still work
        return BrokenPlugin(point.name, f"{type(error).__name__}: {error}")
    found = target if isinstance(target, Format) else getattr(target, "FORMAT", None)
    return found if isinstance(found, Format) else BrokenPlugin(point.name, f"{point.value} is no format")
