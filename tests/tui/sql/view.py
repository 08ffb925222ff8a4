"""Opening the SQL view and asking in it."""

from __future__ import annotations

from tests.tui.conftest import AppPilot, settled
from tracetui.tui.app import TracetuiApp
from tracetui.tui.views.sql import SqlView


async def opened_view(app: TracetuiApp, pilot: AppPilot) -> SqlView:
    """The SQL view."""
    await pilot.press("6")
    await settled(app, pilot)
    assert isinstance(app.screen, SqlView)
    return app.screen


async def ask(app: TracetuiApp, pilot: AppPilot, query: str) -> SqlView:
    """The view with the answer to a query in it, the cursor in its rows."""
    view = app.screen if isinstance(app.screen, SqlView) else await opened_view(app, pilot)
    view.editor.set_text(query)
    await pilot.press("ctrl+j")
    await settled(app, pilot)
    return view
