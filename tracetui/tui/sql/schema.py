"""The schema browser: views with what they mean, their columns with types and comments."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from tracetui.render.json_lines import plain_lines
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.sql.catalog import Catalog, ColumnFacts, ViewFacts
from tracetui.tui.widgets.document import Section
from tracetui.tui.widgets.text_view import DocumentView


class SchemaBrowser(DocumentView):
    """A section a view, folded; a line a column. Enter on a column asks for its values."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST, Scope.TREE)

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        self._catalog: Catalog | None = None

    def show_catalog(self, catalog: Catalog) -> None:
        """Show this catalog, unless it is on show."""
        if catalog != self._catalog:
            self._catalog = catalog
            self.show_sections([_section(view) for view in catalog.views.values()])

    def column_of(self, section: Section, line: int) -> tuple[str, str] | None:
        """View and column that a line tells of."""
        view = self._catalog.views.get(section.key) if self._catalog is not None else None
        at = line - 1
        return (
            (view.name, view.columns[at].name) if view is not None and 0 <= at < len(view.columns) else None
        )


def _section(view: ViewFacts) -> Section:
    text = "\n".join([" ".join(view.about.split()), *map(_line, view.columns)])
    return Section(view.name, view.name, partial(plain_lines, text), f"{len(view.columns)}", is_folded=True)


def _line(column: ColumnFacts) -> str:
    about = f"  {' '.join(column.about.split())}" if column.about else ""
    return f"{column.name} {column.type}{about}"
