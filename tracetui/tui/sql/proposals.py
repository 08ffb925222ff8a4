"""Proposals while typing: the catalog is read once for what is loaded, the list follows the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.errors import TracetuiError
from tracetui.tui.sql.catalog import Catalog, frequent_values, read_catalog
from tracetui.tui.sql.completion import Completion, complete, values_of
from tracetui.tui.sql.editor import SqlEditor
from tracetui.tui.sql.popup import Popup

if TYPE_CHECKING:
    from tracetui.tui.loading import Traces
    from tracetui.tui.sql.asking import Asking
    from tracetui.tui.work import Work

_IN_QUOTES = frozenset({"key", "value"})
_KEYS = frozenset({"up", "down", "tab", "escape"})


class Proposals:
    """Ties the editor, its list and the catalog together."""

    def __init__(self, editor: SqlEditor, popup: Popup, work: Work, asking: Asking) -> None:
        self._editor, self._popup, self._work, self._asking = editor, popup, work, asking
        popup.take = self.take
        self._db: Traces | None = None
        self._values: dict[tuple[str, str], list[tuple[str, int]]] = {}
        self._ended_in = ""
        self.catalog = Catalog()

    def read(self, db: Traces, done: Callable[[Catalog], None]) -> None:
        """Read the catalog of what is loaded."""
        self._db = db
        self._values.clear()

        def take(catalog: Catalog) -> None:
            self.catalog = catalog
            done(catalog)

        self._work.start("catalog", lambda: read_catalog(db), take)

    @property
    def known(self) -> Catalog:
        """What is loaded, with the user's own tables."""
        return self.catalog.with_tables(self._asking.tables)

    def show(self, *, is_wanted: bool = False) -> None:
        """Propose what may stand at the cursor; where it `is_wanted`, also before anything is typed."""
        editor = self._editor
        if editor.text == self._ended_in and not is_wanted:
            return
        found = complete(self.known, editor.text, editor.place)
        typed = editor.place - found.start
        if found.column:
            self._show_values(found)
        elif is_wanted or typed > 0 or editor.text[editor.place - 1 : editor.place] == ".":
            self._open(found)
        else:
            self.close()

    def _show_values(self, found: Completion) -> None:
        db, key = self._db, (found.view, found.column)
        if key in self._values:
            typed = self._editor.text[found.start : self._editor.place]
            self._open(values_of(found, typed, self._values[key]))
        elif db is not None:

            def done(values: list[tuple[str, int]]) -> None:
                self._values[key] = values
                self.show()

            def failed(_: TracetuiError) -> None:
                self._values[key] = []

            asked = self._asking.of(found.view, db)
            self._work.start("values", lambda: frequent_values(asked, *key), done, failed)

    def _open(self, found: Completion) -> None:
        self._popup.open(found, self._editor.cursor_screen_offset)
        self._editor.proposal_keys = _KEYS if self._popup.is_open else frozenset()

    def end(self) -> None:
        """Hide the list until something else is typed: what was typed is run."""
        self._ended_in = self._editor.text
        self.close()

    def close(self) -> None:
        """Hide the list, and what is still on its way to it."""
        self._work.cancel("values")
        self._popup.close()
        self._editor.proposal_keys = frozenset()

    def take_key(self, key: str) -> None:
        """What a key means while the list is shown: tab takes the proposal, enter does once it was moved to."""
        if key in {"up", "down"}:
            self._popup.move(1 if key == "down" else -1)
            self._editor.proposal_keys = _KEYS | {"enter"}
            return
        if key in {"tab", "enter"}:
            self.take()
        else:
            self.close()

    def take(self) -> None:
        """Put the highlighted proposal where the cursor stands."""
        item = self._popup.item
        if item is not None:
            is_open = item.kind in _IN_QUOTES and self._editor.text[self._editor.place :][:1] != "'"
            self._editor.put(self._popup.completion.start, item.text + "'" * is_open)
        self.close()
