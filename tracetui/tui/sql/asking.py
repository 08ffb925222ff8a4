"""Asking what was typed: one session of the query worker for what is loaded."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracetui.tui.loading import Traces
    from tracetui.tui.sql.catalog import Asked, Tables
    from tracetui.workers.attaching import Attached
    from tracetui.workers.queries import QueryResult, QuerySession

_QUOTED = re.compile(r"""^((?:\w+=)?)(["'])(.+)\2$""")


class Asking:
    """All methods block and are called from threads."""

    @property
    def tables(self) -> Tables:
        """Kept results and attached tables; does not block."""
        return {} if self._session is None else self._session.tables

    @property
    def attached(self) -> tuple[str, ...]:
        """Paths of attached files; does not block."""
        return () if self._session is None else self._session.attached

    def __init__(self, *, is_unsafe: bool = False) -> None:
        """`is_unsafe` lets statements reach files and change settings."""
        self._is_unsafe = is_unsafe
        self._lock = threading.Lock()
        self._db: Traces | None = None
        self._session: QuerySession | None = None

    def session(self, db: Traces) -> QuerySession:
        """The session on what is loaded; where more has been loaded since a new one, which has the kept results."""
        with self._lock:
            if self._session is None or self._db is not db:
                session = db.open_queries(is_unsafe=self._is_unsafe, keeps_spare=True)
                if self._session is not None:
                    session.take_over(self._session)
                self._db, self._session = db, session
            return self._session

    def start(self, db: Traces, query: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> QueryResult:
        """Begin a statement."""
        return self.session(db).start(query, values, db.price_rows())

    def attach(self, db: Traces, given: str) -> Attached:
        """Put a file beside the traces: `FILE` or `NAME=FILE` as typed, in quotes or not."""
        return self.session(db).attach_given(_QUOTED.sub(r"\1\3", given.strip()))

    def of(self, table: str, db: Traces) -> Asked:
        """Who can answer for a table or view."""
        return self if table in self.tables else db

    def read(self, query: str, parameters: Sequence[Any] = ()) -> QueryResult:
        """All of an answer over the user's own tables, which the session alone knows."""
        assert self._session is not None
        return self._session.run(query, parameters)
