"""The Compare view through the app: marks in Runs, where the runs part, folds, jumps by level, good runs, copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from benchmarks.mutated_runs import unrelated
from tests.cli.test_diff import a_run, chat, tool
from tests.cli.traces import otlp_file
from tests.tui.conftest import AppPilot, RunApp, loaded, screen_text, settled, until
from tests.tui.fake import FakeDB, run_of, some_runs
from tracetui.analysis.diff.align import Mark, align
from tracetui.analysis.diff.runs import rows_of
from tracetui.analysis.diff.side_effects import NO_DEEDS
from tracetui.api import TraceDB
from tracetui.api.diffs import Reading, RunDiff
from tracetui.errors import InterruptedByUser
from tracetui.tui.app import TracetuiApp
from tracetui.tui.view import CompareTarget
from tracetui.tui.views.compare import CompareView

A, B, C = "a" * 32, "b" * 32, "c" * 32
SAID = [{"role": "user", "parts": [{"type": "text", "content": "Please book the flight to Lisbon"}]}]


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TraceDB]:
    """A and C book the same seat; B books another one and asks for the weather last."""
    folder = tmp_path_factory.mktemp("compared")
    for trace_id, seat in ((A, 4), (B, 5), (C, 4)):
        below = [
            chat(2, trace_id, SAID),
            *(tool(3 + n, "get_flights", {"to": "LIS", "page": n}, trace_id) for n in range(4)),
            tool(8, "book_flight", {"flight": "TP1", "seat": seat}, trace_id),
        ]
        if trace_id == B:
            below.append(tool(9, "get_weather", {"at": "LIS"}, trace_id))
        otlp_file(folder / f"{trace_id[0]}.jsonl", a_run(trace_id, *below))
    with loaded(folder) as db:
        yield db


async def compare(app: TracetuiApp, pilot: AppPilot, *good: str) -> CompareView:
    """Compare B with A."""
    app.open_compared(CompareTarget(A, B, good))
    await settled(app, pilot)
    assert isinstance(app.view, CompareView)
    return app.view


async def test_the_second_mark_opens_compare(run_app: RunApp, three_runs: TraceDB) -> None:
    async with run_app(three_runs, (120, 40)) as (app, pilot):
        await pilot.press("D")
        await settled(app, pilot)
        shown = screen_text(app)
        assert "[A] " in shown
        assert "1 marked: D on another compares" in shown
        await pilot.press("D", "D", "j", "D")
        await settled(app, pilot)
        assert app.current_mode == "compare"
        await pilot.press("1", "j", "D")
        await settled(app, pilot)
        assert app.compared is not None
        assert len(app.compared.good) == 2
        assert "in none:" in screen_text(app) or "− in" in screen_text(app)


async def test_compare_says_how_to_choose_and_takes_the_only_two(
    run_app: RunApp, three_runs: TraceDB
) -> None:
    async with run_app(three_runs) as (app, pilot):
        await pilot.press("3")
        await settled(app, pilot)
        assert "mark them with D in Runs" in screen_text(app)
    async with run_app(FakeDB(some_runs()[:2])) as (app, pilot):
        await pilot.press("3")
        await settled(app, pilot)
        assert app.compared is not None


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_it_begins_where_the_runs_part(
    run_app: RunApp, three_runs: TraceDB, size: tuple[int, int]
) -> None:
    async with run_app(three_runs, size) as (app, pilot):
        view = await compare(app, pilot)
        assert view.found is not None
        assert view.grid.row == view.found.first() == 6
        shown = screen_text(app)
        assert "First divergence: the model saw the same context and decided differently" in shown
        assert "6 the same" in shown
        assert "side-effects, actions" in shown
        assert "get_weather" in shown
        assert '  B  step 6 book_flight {"flight": "TP1",' in shown
        assert "decided at step 1 of A, 1 of B" in shown
        assert "Δ" not in shown  # times, tokens and cost do not differ
        await pilot.press("g", "tab", "j", "j", "enter")
        assert view.grid.row == view.found.first()


async def test_folds_open_and_close(run_app: RunApp, three_runs: TraceDB) -> None:
    async with run_app(three_runs) as (app, pilot):
        view = await compare(app, pilot)
        assert view.grid.total_rows() == 3
        await pilot.press("g", "l")
        assert view.grid.total_rows() == 8
        await pilot.press("j", "h")
        assert view.grid.total_rows() == 3
        await pilot.press("enter")
        assert view.grid.total_rows() == 8
        await pilot.press("H", "L")
        assert view.grid.total_rows() == 8


async def test_jumps_by_level(run_app: RunApp, three_runs: TraceDB) -> None:
    async with run_app(three_runs) as (app, pilot):
        view = await compare(app, pilot)
        rows = []
        for key in ("a", "c", "S", "C", "0"):
            await pilot.press(key)
            rows.append(view.grid.row)
        assert rows == [7, 6, 6, 7, 6]
        await pilot.press("t")
        await settled(app, pilot)
        assert "No difference of state." in screen_text(app)
        await pilot.press("v", "v")
        await settled(app, pilot)
        assert "down to cost" in screen_text(app)


async def test_the_steps_of_a_row_and_either_in_the_run_view(run_app: RunApp, three_runs: TraceDB) -> None:
    async with run_app(three_runs, (120, 40)) as (app, pilot):
        await compare(app, pilot)
        await pilot.press("d")
        await settled(app, pilot)
        shown = screen_text(app)
        assert "− seat: 4" in shown
        assert "+ seat: 5" in shown
        await pilot.press("i", *"seat", "enter")
        await settled(app, pilot)
        shown = screen_text(app)
        assert "left out of values: ids and times ·" in shown
        assert "− seat: 4" not in shown
        await pilot.press("i", "ctrl+u", *"only", "enter")
        await settled(app, pilot)
        await pilot.press("0")
        await settled(app, pilot)
        shown = screen_text(app)
        assert "left out of values: nothing" in shown
        assert "− seat: 4" in shown
        await pilot.press("j")
        await settled(app, pilot)
        assert "only in B" in screen_text(app)
        await pilot.press("O")
        await settled(app, pilot)
        assert "A has no such step" in screen_text(app)
        await pilot.press("o")
        await settled(app, pilot)
        assert app.current_mode == "run"
        assert app.target is not None
        assert app.target.run_id == B


async def test_filter_search_and_back(run_app: RunApp, three_runs: TraceDB) -> None:
    async with run_app(three_runs, (80, 40)) as (app, pilot):
        view = await compare(app, pilot)
        await pilot.press("f", *"tool:get_flights")
        await until(pilot, lambda: "4 of 8 rows" in screen_text(app))
        await pilot.press(*" nmae:x")
        await until(pilot, lambda: "at 18: there is no field 'nmae'. Did you mean name?" in screen_text(app))
        await pilot.press(*["backspace"] * 7, "enter")
        await settled(app, pilot)
        shown = screen_text(app)
        assert "filter “tool:get_flights” 4 of 8 rows  esc clears" in shown
        assert shown.count("2 others") == 2
        assert view.grid.total_rows() == 6
        await pilot.press("c")
        assert view.grid.total_rows() == 6
        assert {row[0] for row in three_runs.read(view.sql()).rows(0, 20)} == {2, 3, 4, 5}
        await pilot.press("g", "l")
        assert view.grid.total_rows() == 7
        await pilot.press("escape")
        await settled(app, pilot)
        assert view.grid.total_rows() == 3
        await pilot.press("slash", *"weather", "enter")
        await settled(app, pilot)
        assert view.grid.row == 7
        await pilot.press("escape")
        await settled(app, pilot)
        assert app.current_mode == "compare"


async def test_good_runs_by_what_they_share_and_swap(run_app: RunApp, three_runs: TraceDB) -> None:
    async with run_app(three_runs, (120, 40)) as (app, pilot):
        await compare(app, pilot)
        await pilot.press("m", "n")
        await settled(app, pilot)
        assert app.compared == CompareTarget(A, B, (C, A)) or app.compared == CompareTarget(A, B, (A, C))
        await until(pilot, lambda: "in all: book_flight" in screen_text(app))
        assert "in none: step 6 book_flight" in screen_text(app)
        view = app.view
        assert isinstance(view, CompareView)
        await pilot.press("tab", "j", "j", "j", "enter")
        await settled(app, pilot)
        row = view._row()
        assert row is not None
        assert row.a == 6
        await pilot.press("r")
        await settled(app, pilot)
        assert app.compared == CompareTarget(B, A)


async def test_good_runs_are_for_a_where_a_alone_failed(run_app: RunApp, tmp_path: Path) -> None:
    for trace_id in (A, B):
        root, *below = a_run(trace_id, tool(2, "get_flights", {"to": trace_id}, trace_id))
        failed = {"status": {"code": 2, "message": "out of memory"}} if trace_id == A else {}
        otlp_file(tmp_path / f"{trace_id[0]}.jsonl", [{**root, **failed}, *below])
    with loaded(tmp_path) as db:
        async with run_app(db, (120, 40)) as (app, pilot):
            await compare(app, pilot)
            await pilot.press("m")
            await until(pilot, lambda: "Compare A, which failed, with good runs of" in screen_text(app))
            await pilot.press("n")
            await settled(app, pilot)
            assert app.compared == CompareTarget(B, A, (B,))


async def test_what_can_be_copied(
    run_app: RunApp, three_runs: TraceDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    async with run_app(three_runs) as (app, pilot):
        monkeypatch.setattr(app, "copy_text", lambda text, what: copied.append(text))
        await compare(app, pilot, A, C)
        for letter in "cmdsg":
            await pilot.press("y", letter)
            await settled(app, pilot)
    assert copied[0] == f"tracetui diff travel.jsonl --runs {A} {B}"
    assert copied[1].startswith("### Runs compared\n\n|  | run | name | ")
    assert copied[2].startswith("First divergence")
    assert copied[3] == f"tracetui diff travel.jsonl --steps {A}:6 {B}:6"
    assert copied[4] == f"tracetui diff travel.jsonl --run {B} --against {A} --against {C}"


class SlowDB(FakeDB):
    """Two unrelated runs whose comparison ends when it is stopped: at first while they are read, then while they are
    aligned."""

    is_read = False

    def run_diff(
        self, run_id: str, other_run_id: str, how: object = None,
        is_cancelled: Callable[[], bool] | None = None, told: Callable[[RunDiff | Reading], None] | None = None,
    ) -> RunDiff:  # fmt: skip
        one, other = unrelated(2_000, 1)

        def diff(is_over: Callable[[], bool]) -> RunDiff:
            found = align(one, other, is_over)
            return RunDiff(run_of("a", "one"), run_of("b", "other"), found, rows_of(found), None, NO_DEEDS)

        assert told is not None
        assert is_cancelled is not None
        told(Reading("A", 1_000, 2_000))
        if not self.is_read:
            self.wait(is_cancelled)
            self.is_read = True
            raise InterruptedByUser("Stopped while the runs were read.")
        told(diff(lambda: True))
        self.wait(is_cancelled)
        return diff(is_cancelled)

    @staticmethod
    def wait(is_over: Callable[[], bool]) -> None:
        """Until it is over."""
        pause = Event()
        while not is_over():
            pause.wait(0.01)


async def test_how_far_it_is_and_what_is_aligned_so_far_is_shown_and_esc_stops(run_app: RunApp) -> None:
    async with run_app(SlowDB(some_runs())) as (app, pilot):
        app.open_compared(CompareTarget("a", "b"))
        await until(pilot, lambda: "Reading run A: 1,000 of 2,000 spans" in screen_text(app))
        await pilot.press("escape")
        await settled(app, pilot)
        assert "Stopped while the runs were read.  R reads them again" in screen_text(app)
        await pilot.press("R")
        await until(pilot, lambda: "aligning…" in screen_text(app))
        view = app.view
        assert isinstance(view, CompareView)
        assert view.found is not None
        assert any(row.mark is Mark.WAITING for row in view.found.diff.rows)
        await pilot.press("l", "j")
        await pilot.press("escape")
        await settled(app, pilot)
        assert view.found.is_whole
        assert "Stopped" in screen_text(app)


async def test_rows_have_the_names_of_the_trace_and_folds_say_what_differs_in_less(
    run_app: RunApp, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("worded")
    for trace_id, words in ((A, "To Lisbon"), (B, "To Porto")):
        said = [{"role": "assistant", "parts": [{"type": "text", "content": words}]}]
        below = [
            chat(2, trace_id, said),
            chat(3, trace_id, said),
            tool(4, "book_flight", {"to": words}, trace_id),
        ]
        root, *others = a_run(trace_id, *below)
        otlp_file(folder / f"{trace_id[0]}.jsonl", [{**root, "name": f"task 7 of {trace_id[0]}"}, *others])
    with loaded(folder) as db:
        async with run_app(db, (160, 40)) as (app, pilot):
            await compare(app, pilot)
            shown = screen_text(app)
            assert "task 7 of a" in shown
            assert "task 7 of b" in shown
            assert "3 nearly" in shown
            assert shown.count("cost unknown") == 1
            await pilot.press("L")
            await settled(app, pilot)
            assert "task #" not in screen_text(app)
