"""The SQL view without the process that stands by."""

from __future__ import annotations

from typing import Any

import pytest

from tracetui.api import TraceDB
from tracetui.workers.queries import QuerySession


@pytest.fixture(autouse=True)
def _no_spare_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process stands by for one that is killed; tests of sessions see to that."""
    open_queries = TraceDB.open_queries

    def opened(db: TraceDB, *limits: Any, **options: Any) -> QuerySession:
        return open_queries(db, *limits, **{**options, "keeps_spare": False})

    monkeypatch.setattr(TraceDB, "open_queries", opened)
