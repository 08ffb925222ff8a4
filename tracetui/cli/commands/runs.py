"""`tracetui runs`: one line a run, failed runs first."""

from __future__ import annotations

from collections.abc import Sequence

import click

from tracetui.cli.loading import LoadRequest, loaded, with_prices
from tracetui.cli.options import as_csv, as_json, loads_paths, priced, shows_sql, wide
from tracetui.read_model import Run


@click.command()
@loads_paths
@click.option(
    "--filter",
    "filter_text",
    default="",
    metavar="FILTER",
    help="Only runs that pass, such as 'status:error tool:search cost:>0.1 -env:dev' or a word.",
)
@click.option(
    "--sort",
    default="triage",
    metavar="COLUMN",
    show_default=True,
    help="A column of the view runs; triage is failed first, then latest first.",
)
@click.option("--descending", is_flag=True, help="Sort from the largest down.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N runs.")
@shows_sql
@priced
@as_json
@as_csv
@wide
def command(request: LoadRequest, filter_text: str, sort: str, descending: bool, limit: int | None, show_sql: bool,
            price_files: tuple[str, ...], as_json: bool, as_csv: bool, wide: bool) -> None:  # fmt: skip
    """List the runs, failed ones first.

    For each: status, steps, errors, tokens, cost and first error.
    """
    from tracetui.cli.output import print_csv, print_json_rows, print_safe, say_none_passes
    from tracetui.cli.run_rows import RUN_COLUMNS, json_row

    with loaded(request, stage="tree") as db:
        if show_sql:
            print_safe(db.runs_query(filter_text, sort, descending, limit))
            return
        with_prices(db, price_files)
        runs = db.runs(filter_text, sort=sort, descending=descending, limit=limit)
        if as_json:
            print_json_rows(json_row(run) for run in runs)
        elif as_csv:
            print_csv(RUN_COLUMNS, (list(json_row(run).values()) for run in runs))
        else:
            _print_table(runs, wide, request.quiet)
        if not runs and filter_text:
            say_none_passes(db, f"none of {db.run_count():,} runs passes the filter", filter_text)


def _print_table(runs: Sequence[Run], wide: bool, quiet: bool) -> None:
    from tracetui.cli.output import print_fitted_table, signs_here
    from tracetui.cli.run_rows import COLUMNS, LEFT_OUT_FIRST, cells_of, short_ids
    from tracetui.cli.terminal import stdout_cells

    ids = short_ids([run.run_id for run in runs], may_cut=not wide and stdout_cells() is not None)
    signs = signs_here()
    rows = [cells_of(run, short_id, signs) for run, short_id in zip(runs, ids, strict=True)]
    print_fitted_table(COLUMNS, rows, LEFT_OUT_FIRST, wide=wide, quiet=quiet)
