"""Definitions of tools offered to a model, in every shape that attributes carry them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracetui.formats.conventions_values import parsed
from tracetui.model import JsonValue, ToolDefinition
from tracetui.reading.lenient import dumps

_SCHEMAS = ("parameters", "input_schema", "inputSchema", "parameters_json_schema", "json_schema", "schema")
_WRAPPERS = ("function", "toolSpec", "custom")
_LISTS = ("tools", "function_tools", "functionDeclarations", "function_declarations", "functions")
_MAX_LEVELS = 8


def read_tools(value: JsonValue) -> tuple[ToolDefinition, ...]:
    """Tool definitions of a list of them or of an object that holds such a list; names alone count too."""
    return tuple(_read(value, 0))


def _read(value: JsonValue, depth: int) -> Iterable[ToolDefinition]:
    found = parsed(value)
    if depth > _MAX_LEVELS:
        return
    if isinstance(found, list):
        for item in found:
            yield from _read(item, depth + 1)
    elif isinstance(found, dict):
        yield from _of_object(found, depth)
    elif isinstance(found, str) and found and depth:
        yield ToolDefinition(found)


def _of_object(tool: dict[str, Any], depth: int) -> Iterable[ToolDefinition]:
    held = next((tool[key] for key in _LISTS if isinstance(tool.get(key), list)), None)
    if held is not None:
        yield from _read(held, depth + 1)
        return
    inner = next((tool[key] for key in _WRAPPERS if isinstance(tool.get(key), dict)), tool)
    name = inner.get("name") or tool.get("name") or (tool.get("type") if inner is tool else None)
    if isinstance(name, str) and name:
        description = inner.get("description")
        yield ToolDefinition(name, description if isinstance(description, str) else None, _schema(inner))


def _schema(tool: dict[str, Any]) -> str | None:
    found = next((tool[key] for key in _SCHEMAS if tool.get(key) is not None), None)
    if isinstance(found, dict) and found.keys() == {"json"}:
        found = found["json"]
    return found if found is None or isinstance(found, str) else dumps(found)
