"""Asking what was typed: one session of the query worker for what is loaded."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tracetui.workers.queries import SHOWN

if TYPE_CHECKING:
    from tracetui.tui.loading import Traces
    from tracetui.workers.queries import QueryResult, QuerySession


class Asking:
    """All methods block and are called from threads."""

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of kept results; does not block."""
        return () if self._session is None else tuple(name for name in self._session.kept if name != SHOWN)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._db: Traces | None = None
        self._session: QuerySession | None = None

    def session(self, db: Traces) -> QuerySession:
        """The session on what is loaded; a new one where more has been loaded since."""
        with self._lock:
            if self._session is None or self._db is not db:
                self._db, self._session = db, db.open_queries(keeps_spare=True)
            return self._session

    def start(self, db: Traces, query: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> QueryResult:
        """Begin a statement."""
        return self.session(db).start(query, values, db.price_rows())
