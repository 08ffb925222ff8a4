"""`tracetui cost`: what was paid, for what, and what it would have cost otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracetui.cli.loading import LoadRequest, loaded
from tracetui.cli.options import as_csv, as_json, loads_paths, priced, wide

if TYPE_CHECKING:
    from tracetui.api import TraceDB

_QUESTIONS = ("expensive-steps", "cache-hits", "waste")


@dataclass(frozen=True, slots=True)
class _Shape:
    as_json: bool
    as_csv: bool
    wide: bool
    quiet: bool


@click.command()
@loads_paths
@click.option(
    "--by",
    default="model",
    show_default=True,
    metavar="A[,B]",
    help="model, provider, agent, tool, step, run, session, user, tag, environment, version, day, bucket; two make"
    " a pivot.",
)
@click.option("--run", "run_id", metavar="R", help="Only this run, by its id or any unique prefix.")
@click.option(
    "--rollup",
    type=click.Choice(["sum", "top", "root", "leaf"]),
    help="Count as others do: every span, the topmost of each branch, roots alone, calls alone.",
)
@click.option("--what-if", metavar="MODEL", help="What the same tokens had cost with another model.")
@click.option(
    "--cache-off",
    is_flag=True,
    help="What they had cost with every cached token at the price of a fresh one.",
)
@click.option("--batch", is_flag=True, help="What they had cost in the batch tier.")
@click.option("--question", type=click.Choice(_QUESTIONS), help="A ready question instead of a table.")
@click.option("--latency", is_flag=True, help="How long steps take instead, by step, model or agent.")
@priced
@as_json
@as_csv
@wide
def command(request: LoadRequest, by: str, run_id: str | None, rollup: str | None, what_if: str | None,
            cache_off: bool, batch: bool, question: str | None, latency: bool, price_files: tuple[str, ...],
            as_json: bool, as_csv: bool, wide: bool) -> None:  # fmt: skip
    """Tell what was paid and for what.

    Costs that the sources report go before computed ones; unknown costs are counted, never taken for 0.
    """
    from tracetui.pricing.lookup import WhatIf

    shape = _Shape(as_json, as_csv, wide, request.quiet)
    asked = WhatIf(what_if, cache_off, batch)
    with loaded(request, stage="full" if question == "waste" else "tree") as db:
        db.reprice([Path(name) for name in price_files])
        run = None if run_id is None else db.run(run_id).run_id
        if question is not None:
            _print_answer(db, question, shape)
        elif latency:
            _print_latency(db, by, run, shape)
        elif asked != WhatIf():
            _print_what_if(db, by, run, asked, price_files, shape)
        elif as_json or as_csv or "," not in by:
            _print_table(db, by, rollup, run, shape)
        else:
            _print_pivot(db, by, rollup, run, shape)


def _names(by: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in by.split(",") if name.strip())


def _print_table(db: TraceDB, by: str, rollup: str | None, run: str | None, shape: _Shape) -> None:
    from tracetui.cli import cost_rows
    from tracetui.cli.output import print_csv, print_fitted_table, print_json_rows, print_lines

    table = db.costs(_names(by), rollup, run)
    if shape.as_json:
        print_json_rows(cost_rows.json_rows(table))
    elif shape.as_csv:
        rows = list(cost_rows.json_rows(table))
        print_csv(cost_rows.names_of(table), (list(row.values()) for row in rows))
    else:
        columns, cells = cost_rows.table_of(table)
        print_fitted_table(columns, cells, cost_rows.LEFT_OUT_FIRST, wide=shape.wide, quiet=shape.quiet)
        print_lines([cost_rows.coverage(table.total)])


def _print_pivot(db: TraceDB, by: str, rollup: str | None, run: str | None, shape: _Shape) -> None:
    from tracetui.cli import cost_rows
    from tracetui.cli.output import print_fitted_table, print_lines

    table = db.costs(_names(by), rollup, run)
    columns, cells = cost_rows.pivot_of(table)
    print_fitted_table(columns, cells, (), wide=shape.wide, quiet=shape.quiet)
    print_lines([cost_rows.coverage(table.total)])


def _print_what_if(
    db: TraceDB, by: str, run: str | None, asked: object, price_files: tuple[str, ...], shape: _Shape
) -> None:
    from tracetui.cli import cost_rows
    from tracetui.cli.output import print_csv, print_fitted_table, print_json_rows, print_lines
    from tracetui.pricing.lookup import WhatIf

    assert isinstance(asked, WhatIf)
    now = db.costs(_names(by), None, run)
    db.reprice([Path(name) for name in price_files], asked)
    then = db.costs(_names(by), None, run)
    pairs = cost_rows.compared(now, then)
    if shape.as_json:
        print_json_rows(pairs)
    elif shape.as_csv:
        print_csv(cost_rows.compared_names(now), (list(row.values()) for row in pairs))
    else:
        columns, cells = cost_rows.what_if_of(now, pairs)
        print_fitted_table(columns, cells, (), wide=shape.wide, quiet=shape.quiet)
        print_lines([cost_rows.what_if_line(now.total, then.total)])


def _print_latency(db: TraceDB, by: str, run: str | None, shape: _Shape) -> None:
    from tracetui.cli import cost_rows
    from tracetui.cli.output import print_csv, print_fitted_table, print_json_rows

    rows = db.latencies(by, run)
    if shape.as_json:
        print_json_rows(rows)
    elif shape.as_csv:
        print_csv(cost_rows.LATENCY_NAMES, (cost_rows.latency_values(row) for row in rows))
    else:
        cells = [cost_rows.latency_cells(row) for row in rows]
        print_fitted_table(
            cost_rows.LATENCY_COLUMNS,
            cells,
            cost_rows.LATENCY_LEFT_OUT_FIRST,
            wide=shape.wide,
            quiet=shape.quiet,
        )


def _print_answer(db: TraceDB, question: str, shape: _Shape) -> None:
    from tracetui.cli.output import print_csv, print_json_rows, print_lines
    from tracetui.cli.result_lines import result_lines
    from tracetui.cli.result_rows import exact_rows, json_rows
    from tracetui.cli.terminal import stdout_cells

    result = db.cost_question(question)
    if shape.as_json:
        print_json_rows(json_rows(result))
    elif shape.as_csv:
        print_csv(result.columns, exact_rows(result))
    else:
        print_lines(result_lines(result, None if shape.wide else stdout_cells()))
