"""`tracetui cost`: what was paid, for what, and what it would have cost otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from tracetui.cli.loading import LoadRequest, loaded, with_prices
from tracetui.cli.options import as_csv, as_json, loads_paths, priced, shows_sql, wide
from tracetui.errors import UsageError

if TYPE_CHECKING:
    from tracetui.api import TraceDB
    from tracetui.pricing.lookup import WhatIf
    from tracetui.pricing.tables import CostScope, CostTable

_QUESTIONS = ("expensive-steps", "cache-hits", "waste")
_PIVOTED = 2


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
    help="model, provider, tier, agent, tool, step, run, session, user, tag, environment, version, day, hour, minute, bucket;"
    " two make a pivot, more a table.",
)
@click.option(
    "--filter",
    "filter_text",
    default="",
    metavar="FILTER",
    help="Only runs that pass; docs/filter.md tells how.",
)
@click.option(
    "--run", "run_id", metavar="R", help="Only this run, by its id, any unique prefix, or beginning…end."
)
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
@shows_sql
@priced
@as_json
@as_csv
@wide
def command(request: LoadRequest, by: str, filter_text: str, run_id: str | None, rollup: str | None,
            what_if: str | None, cache_off: bool, batch: bool, question: str | None, latency: bool, show_sql: bool,
            price_files: tuple[str, ...], as_json: bool, as_csv: bool, wide: bool) -> None:  # fmt: skip
    """Tell what was paid and for what.

    Costs that the sources report go before computed ones; unknown costs are counted, never taken for 0.
    """
    from tracetui.cli.output import print_safe
    from tracetui.pricing.lookup import WhatIf
    from tracetui.pricing.tables import CostScope

    shape = _Shape(as_json, as_csv, wide, request.quiet)
    asked = WhatIf(what_if, cache_off, batch)
    _refuse_clashes(
        {"--question": question is not None, "--latency": latency, "--what-if": what_if is not None,
         "--show-sql": show_sql, "--cache-off": cache_off, "--batch": batch, "--rollup": rollup is not None}
    )  # fmt: skip
    if run_id is not None and filter_text:
        raise UsageError("--run and --filter do not go together", "Give one of them.")
    if question is not None and not _is_default("by"):
        raise UsageError("--by does not go with --question", "A question has columns of its own.")
    with loaded(request, stage="full" if question == "waste" else "tree") as db:
        with_prices(db, price_files)
        scope = CostScope(None if run_id is None else db.run(run_id).run_id, filter_text, rollup)
        if show_sql:
            print_safe(db.costs_query(_names(by), scope))
        elif question is not None:
            _print_answer(db, question, scope, shape)
        elif latency:
            _print_latency(db, by, scope, shape)
        elif asked != WhatIf():
            _print_what_if(db, _names(by), scope, asked, shape)
        elif as_json or as_csv or len(_names(by)) != _PIVOTED:
            _print_table(db, _names(by), scope, shape)
        else:
            _print_pivot(db, _names(by), scope, shape)


def _refuse_clashes(given: Mapping[str, bool]) -> None:
    """Each of these asks for an answer of its own; ways to have bought the same tokens otherwise go together."""
    names = [name for name, is_given in given.items() if is_given]
    if given["--rollup"] and set(names) - {"--show-sql", "--rollup"}:
        raise UsageError(
            "--rollup counts in a table alone", "Leave out --rollup, or what was asked beside it."
        )
    if given["--show-sql"] and set(names) - {"--show-sql", "--rollup"}:
        raise UsageError("--show-sql shows the SQL of a table alone", "Leave out what was asked beside it.")
    if len(names) > 1 and (given["--question"] or given["--latency"]):
        raise UsageError(f"{names[0]} and {names[1]} do not go together", "Give one of them.")


def _is_default(name: str) -> bool:
    from click.core import ParameterSource

    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT


def _names(by: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in by.split(","))
    if not all(names):
        raise UsageError(
            f"--by names nothing in {by!r}", "Name one dimension or more, such as --by model,agent."
        )
    if len(set(names)) < len(names):
        raise UsageError(f"--by names a dimension twice in {by!r}", "Name each once.")
    return names


def _say_if_empty(db: TraceDB, is_empty: bool, scope: CostScope, shape: _Shape, asked: str = "costs") -> None:
    from tracetui.cli.output import say_none_passes, talk
    from tracetui.render import costs

    if not is_empty or shape.quiet:
        return
    if not db.run_count(scope.filter_text):
        say_none_passes(db, costs.NO_RUN, scope.filter_text)
    elif scope.rollup is None:
        talk(costs.WHY_EMPTY[asked])


def _tell_gaps(db: TraceDB, table: CostTable, scope: CostScope, shape: _Shape) -> None:
    """Prices for want of which calls of a table are unpriced or priced in part."""
    from tracetui.cli.output import talk
    from tracetui.render import costs

    if table.total.is_least and not shape.quiet:
        for line in costs.gap_lines(db.price_gaps(scope)):
            talk(line)


def _print_table(db: TraceDB, by: Sequence[str], scope: CostScope, shape: _Shape) -> None:
    from tracetui.cli import cost_rows
    from tracetui.cli.output import print_csv, print_fitted_table, print_json_rows

    table = db.costs(by, scope)
    _say_if_empty(db, not table.rows, scope, shape)
    _tell_gaps(db, table, scope, shape)
    if shape.as_json:
        print_json_rows(cost_rows.json_rows(table))
    elif shape.as_csv:
        rows = list(cost_rows.json_rows(table))
        print_csv(cost_rows.names_of(table), (list(row.values()) for row in rows))
    else:
        columns, cells = cost_rows.table_of(table)
        print_fitted_table(columns, cells, cost_rows.LEFT_OUT_FIRST, wide=shape.wide, quiet=shape.quiet)
        _print_total(db, table, scope)


def _print_pivot(db: TraceDB, by: Sequence[str], scope: CostScope, shape: _Shape) -> None:
    from tracetui.cli import cost_rows
    from tracetui.cli.output import print_fitted_table

    table = db.costs(by, scope)
    _say_if_empty(db, not table.rows, scope, shape)
    _tell_gaps(db, table, scope, shape)
    columns, cells = cost_rows.pivot_of(table)
    print_fitted_table(
        columns, cells, cost_rows.first_to_go(table, columns), wide=shape.wide, quiet=shape.quiet
    )
    _print_total(db, table, scope)


def _print_total(db: TraceDB, table: CostTable, scope: CostScope) -> None:
    """What all cost; by another rule of counting also how that differs from each call once."""
    from tracetui.cli.output import print_lines
    from tracetui.render import costs

    note = costs.share_note(table)
    print_lines([costs.coverage(table.total), *([note] if note else []), *costs.note_lines(table.total)])
    if scope.rollup is not None:
        ours = replace(scope, rollup=None)
        print_lines(
            costs.rule_lines(scope.rollup, db.costs((), ours).total, table.total, db.usage_roles(ours))
        )


def _print_what_if(db: TraceDB, by: Sequence[str], scope: CostScope, asked: WhatIf, shape: _Shape) -> None:
    from tracetui.cli import cost_rows
    from tracetui.cli.output import print_csv, print_fitted_table, print_json_rows, print_lines
    from tracetui.render import costs

    now, then = db.costs(by, scope), db.costs(by, scope, asked)
    lines = costs.compared(now, then)
    _say_if_empty(db, not lines, scope, shape)
    _tell_gaps(db, now, scope, shape)
    if shape.as_json:
        print_json_rows(cost_rows.compared_rows(now, lines))
    elif shape.as_csv:
        rows = cost_rows.compared_rows(now, lines)
        print_csv(cost_rows.compared_names(now), (list(row.values()) for row in rows))
    else:
        columns, cells = cost_rows.what_if_of(now, lines)
        print_fitted_table(columns, cells, (), wide=shape.wide, quiet=shape.quiet)
        print_lines(costs.what_if_lines(now.total, then.total))


def _print_latency(db: TraceDB, by: str, scope: CostScope, shape: _Shape) -> None:
    from tracetui.cli import cost_rows
    from tracetui.cli.output import print_csv, print_fitted_table, print_json_rows

    rows = db.latencies(by, scope)
    _say_if_empty(db, not rows, scope, shape, "latency")
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


def _print_answer(db: TraceDB, question: str, scope: CostScope, shape: _Shape) -> None:
    from tracetui.cli.output import print_csv, print_json_rows, print_lines
    from tracetui.cli.result_lines import result_lines
    from tracetui.cli.result_rows import exact_rows, json_rows
    from tracetui.cli.terminal import stdout_cells

    result = db.cost_question(question, scope)
    _say_if_empty(db, not result.rows(0, 1), scope, shape, question)
    if shape.as_json:
        print_json_rows(json_rows(result))
    elif shape.as_csv:
        print_csv(result.columns, exact_rows(result))
    else:
        print_lines(result_lines(result, None if shape.wide else stdout_cells()))
