"""Writing a result to a file, once what may go wrong with that has been asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from textual.screen import Screen

from tracetui.errors import TakenError, TracetuiError, UsageError
from tracetui.render.safe import safe
from tracetui.tui.dialogs import Choice, Menu
from tracetui.tui.sql.derived import STILL_COMING, rows_with_formulas
from tracetui.tui.work import Work

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult


class Teller(Protocol):
    """Says how far it got."""

    def __call__(self, text: str, is_problem: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class _Wanted:
    result: QueryResult
    target: Path
    may_replace: bool = False
    guards_formulas: bool = False


class Exporting:
    """Files of one view; what `paths()` name is never written over."""

    def __init__(
        self, screen: Screen[None], work: Work, paths: Callable[[], tuple[str, ...]], tell: Teller,
        show_problem: Callable[[TracetuiError], None],
    ) -> None:  # fmt: skip
        self._screen, self._work, self._paths = screen, work, paths
        self._tell, self._show_problem = tell, show_problem
        self._running: QueryResult | None = None

    def begin(self, result: QueryResult, target: Path) -> None:
        """Write the result, asking first where the file exists or holds what a spreadsheet would run."""
        if result.is_running:
            self._show_problem(UsageError(*STILL_COMING))
        else:
            self._look(_Wanted(result, target))

    def cancel(self) -> bool:
        """Stop writing; whether anything was being written."""
        return self._running is not None and self._running.cancel_export()

    def _look(self, wanted: _Wanted) -> None:
        def look() -> int:
            from tracetui.api.result_files import kind_of, refuse_source

            refuse_source(wanted.target, self._paths())
            kind = kind_of(wanted.target, may_replace=wanted.may_replace)
            return rows_with_formulas(wanted.result) if kind == "csv" else 0

        def seen(formulas: int) -> None:
            if formulas:
                self._ask_about_formulas(wanted, formulas)
            else:
                self._write(wanted)

        def failed(error: TracetuiError) -> None:
            if isinstance(error, TakenError):
                ask_to_replace(
                    self._screen, wanted.target, lambda: self._look(replace(wanted, may_replace=True))
                )
            else:
                self._show_problem(error)

        self._work.start("export", look, seen, failed)

    def _ask_about_formulas(self, wanted: _Wanted, count: int) -> None:
        rows = "1 row holds" if count == 1 else f"{count:,} rows hold"
        choices = [Choice("g", "put ' before it"), Choice("w", "write it as it is")]

        def chosen(key: str | None) -> None:
            if key is not None:
                self._write(replace(wanted, guards_formulas=key == "g"))

        title = f"{rows} text that a spreadsheet runs (= + - @)"
        self._screen.app.push_screen(Menu(title, choices), chosen)

    def _write(self, wanted: _Wanted) -> None:
        from tracetui.api.result_files import export_result

        result, target = wanted.result, wanted.target
        self._tell(f"Writing {target} …   ctrl+c cancels")
        self._running = result

        def told(count: int) -> None:
            words = f"Writing {target}: {count:,} of {result.row_count:,} rows …   ctrl+c cancels"
            self._screen.call_later(self._tell, words)

        self._work.start(
            "export",
            lambda: export_result(
                result,
                target,
                may_replace=wanted.may_replace,
                guards_formulas=wanted.guards_formulas,
                told=told,
            ),
            lambda count: self._tell(f"Written: {count:,} row{'' if count == 1 else 's'} to {target}"),
            self._show_problem,
        )


def ask_to_replace(screen: Screen[None], target: Path, go_on: Callable[[], None]) -> None:
    """Ask whether a file may be written over; `go_on` is what happens then."""
    choices = [Choice("n", "keep it"), Choice("y", f"replace {safe(target.name, 60)}")]
    screen.app.push_screen(Menu("The file exists", choices), lambda key: go_on() if key == "y" else None)
