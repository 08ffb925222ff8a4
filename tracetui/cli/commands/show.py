"""`tracetui show`: the tree of a run, or one step whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracetui.cli.loading import LoadRequest, loaded, with_prices
from tracetui.cli.options import as_json, loads_paths, priced, shows_sql, wide
from tracetui.errors import UsageError

if TYPE_CHECKING:
    from tracetui.api import TraceDB
    from tracetui.read_model import Run


@click.command()
@loads_paths
@click.option(
    "--run",
    "run_id",
    metavar="R",
    help="A run by its id, any unique prefix, or beginning…end; else the only run, else failed first.",
)
@click.option(
    "--step", type=click.IntRange(min=1), metavar="N", help="One step of the run, whole, instead of the tree."
)
@click.option(
    "--filter",
    "filter_text",
    default="",
    metavar="FILTER",
    help="Only spans that pass, such as 'kind:tool latency:>2s', below those above them; docs/filter.md tells how.",
)
@shows_sql
@click.option("--time", "times", is_flag=True, help="Where the time of the run went, instead of the tree.")
@priced
@as_json
@wide
def command(request: LoadRequest, run_id: str | None, step: int | None, filter_text: str, show_sql: bool, times: bool,
            price_files: tuple[str, ...], as_json: bool, wide: bool) -> None:  # fmt: skip
    """Print a run's tree, or one step whole."""
    from tracetui.cli.output import print_safe

    if (filter_text or show_sql) and (times or step is not None):
        raise UsageError("--filter and --show-sql are about the tree", "Leave out --step and --time.")
    with loaded(request, stage="tree") as db:
        with_prices(db, price_files)
        run = find_run(db, run_id)
        if show_sql:
            print_safe(db.spans_query(run.run_id, filter_text))
        elif times:
            _print_times(db, run, as_json)
        elif step is None:
            _print_tree(db, run, filter_text, as_json, wide)
        else:
            _print_step(db, run, step, as_json)
        if run_id is None and not request.quiet:
            tell_choice(db, run)


def find_run(db: TraceDB, run_id: str | None) -> Run:
    """The run that was named, else the first in triage order; an unknown name is answered with near ones."""
    try:
        return db.run(run_id)
    except UsageError as error:
        ids = [] if run_id is None else [run.run_id for run in db.runs(limit=1_000)]
        if run_id is None or any(known.startswith(run_id) for known in ids):
            raise
        raise UsageError(error.message, _near(run_id, ids)) from None


def _near(run_id: str, ids: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(run_id, ids, n=3, cutoff=0.3) or ids
    more = ", …" if len(near) > 3 else ""
    return f"runs: {', '.join(near[:3])}{more} (`tracetui runs` lists all)"


def _print_tree(db: TraceDB, run: Run, filter_text: str, as_json: bool, wide: bool) -> None:
    from tracetui.analysis.times import extent
    from tracetui.cli.output import print_json_rows, print_lines, say_none_passes, signs_here
    from tracetui.cli.span_rows import errors_by_position, span_rows
    from tracetui.cli.terminal import stdout_cells
    from tracetui.cli.tree_lines import tree_lines
    from tracetui.render.memory import MEMORY_NOT_READ, memory_note
    from tracetui.render.verdict import verdict

    found = db.matching(run.run_id, filter_text) if filter_text.strip() else None
    if found == []:
        say_none_passes(db, "no span of the run passes the filter", filter_text)
    if as_json:
        passing = None if found is None else frozenset(found)
        rows = span_rows(db, run.run_id)
        print_json_rows(row for row in rows if passing is None or row["position"] in passing)
        return
    signs = signs_here()
    note = memory_note(db.memory(run.run_id).findings()) if db.stage == "full" else MEMORY_NOT_READ
    tree = db.tree(run.run_id)
    head = verdict(run, signs, extent(tree))
    print_lines("   ".join(words for words in (head, note) if words).splitlines())
    cells = None if wide else stdout_cells()
    print_lines(tree_lines(tree, errors_by_position(db, run.run_id), signs, cells, found))


def _print_step(db: TraceDB, run: Run, step: int, as_json: bool) -> None:
    from tracetui.cli.memory_lines import step_memory_row
    from tracetui.cli.output import print_json, print_lines, signs_here
    from tracetui.cli.span_rows import detail_row
    from tracetui.cli.step_lines import step_lines

    detail = db.detail(run.run_id, db.step_position(run.run_id, step))
    cost, use = db.step_cost(run.run_id, detail.position), db.context_use(run.run_id, detail.position)
    memory = db.memory(run.run_id).of_span(detail.position)
    if as_json:
        print_json({**detail_row(detail), "cost": cost, "context": use, "memory": step_memory_row(memory)})
    else:
        print_lines(step_lines(detail, run, signs_here(), cost, use, memory))


def _print_times(db: TraceDB, run: Run, as_json: bool) -> None:
    from tracetui.cli.output import print_json, print_lines
    from tracetui.cli.time_rows import time_row
    from tracetui.render.run_times import time_lines

    times, wait = db.run_times(run.run_id), db.wait_after(run.run_id)
    path, tree = db.critical_path(run.run_id), db.tree(run.run_id)
    if as_json:
        print_json(time_row(run, times, wait, path, tree))
    else:
        print_lines(time_lines(times, wait, path, tree))


def tell_choice(db: TraceDB, run: Run) -> None:
    """Say on stderr which run was taken where there are others."""
    from tracetui.cli.output import talk
    from tracetui.render.safe import safe

    count = db.run_count()
    if count > 1:
        talk(f"run {safe(run.run_id)}, the first of {count:,} (failed first); --run names another")
