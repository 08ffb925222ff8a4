"""OTLP's typed values as plain JSON: `{"stringValue": …}` and its siblings, attribute lists, resources, scopes."""

from __future__ import annotations

import re
from typing import Any

from tracetui.model import JsonValue
from tracetui.reading.lenient import dumps

_MAX_LEVELS = 100
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)

_KINDS = {
    "stringValue": "s",
    "string_value": "s",
    "intValue": "i",
    "int_value": "i",
    "boolValue": "s",
    "bool_value": "s",
    "doubleValue": "d",
    "double_value": "d",
    "bytesValue": "s",
    "bytes_value": "s",
    "arrayValue": "a",
    "array_value": "a",
    "kvlistValue": "k",
    "kvlist_value": "k",
}


def either(fields: dict[str, Any], camel: str, snake: str) -> Any:
    """A field by its camelCase or its snake_case name."""
    value = fields.get(camel)
    return fields.get(snake) if value is None else value


def plain_value(value: JsonValue, depth: int = 0) -> Any:
    """The plain value of a typed one. Bytes stay base64 text, what is not typed stays as it is."""
    if type(value) is not dict or len(value) != 1:
        return None if value == {} else value
    ((word, inner),) = value.items()
    kind = _KINDS.get(word)
    if kind == "s":
        return inner
    if kind == "i":
        return int(inner) if type(inner) is str and _INTEGER.fullmatch(inner) else inner
    if kind == "d":
        return _double(inner)
    if kind is None:
        return value
    return dumps(value) if depth > _MAX_LEVELS else _collection(kind, inner, depth + 1)


def _double(inner: JsonValue) -> Any:
    if type(inner) is not str:
        return inner
    try:
        number = float(inner)
    except ValueError:
        return inner
    return number if number - number == 0 else inner  # NaN and infinities stay text


def _collection(kind: str, inner: JsonValue, depth: int) -> Any:
    items = inner.get("values") if isinstance(inner, dict) else inner
    if not isinstance(items, list):
        return [] if kind == "a" else ({} if items is None else items)
    if kind == "a":
        return [plain_value(item, depth) for item in items]
    return plain_attributes(items, depth)[0]


def plain_attributes(items: JsonValue, depth: int = 0) -> tuple[dict[str, Any], int]:
    """Attributes as an object, and how many entries were no `{key, value}`; objects are taken as they are.

    Of entries with the same key the last wins.
    """
    if type(items) is dict:
        return {str(key): plain_value(value, depth) for key, value in items.items()}, 0
    if type(items) is not list:
        return {}, 0 if items is None else 1
    found: dict[str, Any] = {}
    odd = 0
    for item in items:
        try:
            key, value = item["key"], item.get("value")
        except (TypeError, KeyError, AttributeError):
            odd += 1
            continue
        if type(value) is dict and len(value) == 1 and type(key) is str:
            text = value.get("stringValue")
            found[key] = plain_value(value, depth) if text is None else text
        else:
            found[str(key)] = plain_value(value, depth)
    return found, odd


def plain_scope(scope: JsonValue) -> dict[str, Any] | None:
    """Name and version of an instrumentation scope, and its attributes where it has any."""
    if not isinstance(scope, dict):
        return {"name": scope} if isinstance(scope, str) and scope else None
    attributes, _ = plain_attributes(scope.get("attributes"))
    found = {key: scope[key] for key in ("name", "version") if scope.get(key)}
    return {**found, "attributes": attributes} if attributes else found or None


def plain_resource(resource: JsonValue) -> dict[str, Any]:
    """Attributes of a resource, given as OTLP writes it or as a plain object."""
    if not isinstance(resource, dict):
        return {}
    return plain_attributes(resource.get("attributes", resource))[0]
