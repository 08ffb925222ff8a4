"""One row of Application Insights under either set of column names, with the portal's own way to write times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracetui.formats.conventions_values import parsed_object, text_value
from tracetui.formats.times import iso_to_ns, to_ns
from tracetui.model import JsonValue

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "time": ("timestamp", "timegenerated", "time"),
    "trace": ("operation_id", "operationid"),
    "parent": ("operation_parentid", "parentid"),
    "span": ("id",),
    "name": ("name",),
    "duration_ms": ("duration", "durationms"),
    "success": ("success",),
    "code": ("resultcode",),
    "attributes": ("customdimensions", "properties"),
    "item": ("itemtype", "type", "_table"),
    "count": ("itemcount",),
    "role": ("cloud_rolename", "approlename"),
    "role_instance": ("cloud_roleinstance", "approleinstance"),
    "app_version": ("application_version", "appversion"),
    "session": ("session_id", "sessionid"),
    "user": ("user_authenticatedid", "userauthenticatedid", "user_id", "userid"),
    "message": ("message",),
    "exception_type": ("exceptiontype", "outertype", "type"),
    "exception_message": ("outermessage", "innermostmessage", "problemid"),
    "details": ("details",),
}
_UNIT = re.compile(r"\s*\[[^\]]*\]\s*$")
_PORTAL_TIME = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}):(\d\d):(\d\d)(\.\d{1,9})?(?: ([AP])M)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column names in lower case; a cell without text counts as absent."""

    cells: Mapping[str, Any]
    original: Mapping[str, Any]

    @property
    def names(self) -> frozenset[str]:
        """All columns, the empty ones too."""
        return frozenset(self.original)

    def get(self, what: str) -> Any:
        """The first cell that holds something among the columns that may hold it."""
        return next((self.cells[name] for name in _ALIASES[what] if name in self.cells), None)

    def text(self, what: str) -> str | None:
        """The same as text."""
        return text_value(self.get(what))

    def time_ns(self) -> int | None:
        """When it began."""
        given = self.get("time")
        found = to_ns(given)
        return _portal_time(given) if found is None and isinstance(given, str) else found

    def attributes(self) -> dict[str, Any]:
        """Custom dimensions: OpenTelemetry's attributes, all of them as text."""
        return dict(parsed_object(self.get("attributes")) or {})

    def others(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Cells that have no field of their own."""
        return {name: self.cells[name] for name in names if name in self.cells}


def row_of(raw: JsonValue) -> Row | None:
    """A row of an object; the portal's CSV adds a zone to the names of times (`timestamp [UTC]`)."""
    if not isinstance(raw, dict):
        return None
    named = {_UNIT.sub("", str(key)).strip().lower(): value for key, value in raw.items()}
    return Row({key: value for key, value in named.items() if value not in (None, "")}, named)


def _portal_time(text: str) -> int | None:
    """`2/17/2026, 9:12:04.123 AM`, taken as UTC."""
    found = _PORTAL_TIME.fullmatch(text.strip())
    if found is None:
        return None
    month, day, year, hour, minute, second, fraction, half = found.groups()
    whole_hour = int(hour) % 12 + (12 if half == "P" else 0) if half else int(hour)
    return iso_to_ns(f"{year}-{month:0>2}-{day:0>2}T{whole_hour:02d}:{minute}:{second}{fraction or ''}Z")
