"""Answering SQL on the command line: parameters, progress, and the result as a table, JSON, CSV or a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracetui.cli.loading import LoadRequest, loaded, with_prices
from tracetui.cli.options import as_csv, as_json, guards_formulas, priced, wide
from tracetui.errors import NotLoadedError, UsageError

if TYPE_CHECKING:
    from tracetui.api import TraceDB
    from tracetui.workers.queries import QueryResult, QuerySession
    from tracetui.workers.query_process import QueryProcess

_CHART_CELLS = 100
_CHART_LINES = 20
_ANSWER_OPTIONS = (
    priced,
    click.option("--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A value for $NAME."),
    click.option(
        "-o", "--output", "out", type=click.Path(path_type=Path), metavar="FILE",
        help="Write the result to a .csv, .parquet, .jsonl, .json, .md or .arrow file.",
    ),
    click.option("--overwrite", is_flag=True, help="Replace FILE where it exists."),
    click.option(
        "--attach", "attached", multiple=True, metavar="[NAME=]FILE",
        help="A table of your own to ask, too: .csv, .json, .jsonl, .parquet or .duckdb.",
    ),
    click.option("--chart", "has_chart", is_flag=True, help="Draw the result; FILE may end in .svg or .txt then."),
    click.option(
        "--chart-as", "chart_kind", type=click.Choice(["bar", "line", "histogram", "scatter"]),
        help="Draw it so, not as fits best.",
    ),
    click.option(
        "--timeout", "seconds", type=click.FloatRange(min=0.1), default=600.0, show_default=True, metavar="SECONDS",
        help="End a query that takes longer.",
    ),
    as_json, as_csv, wide,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """How an answer is wanted, as the options say it."""

    price_files: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    out: Path | None = None
    overwrite: bool = False
    attached: tuple[str, ...] = ()
    has_chart: bool = False
    chart_kind: str | None = None
    seconds: float = 600.0
    as_json: bool = False
    as_csv: bool = False
    wide: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether a chart is wanted."""
        return self.has_chart or self.chart_kind is not None


@dataclass(frozen=True, slots=True)
class Asked:
    """Statements to run one after the other; the answer is that of each in a table, else of the last."""

    statements: Sequence[str]
    values: dict[str, Any] = field(default_factory=dict)
    needs_prices: bool = False
    is_script: bool = False
    is_unsafe: bool = False


def answer_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of an answer; it receives them as `shape: Shape`."""
    from functools import wraps

    names = list(Shape.__dataclass_fields__)

    @wraps(function)
    def command(*arguments: Any, **options: Any) -> Any:
        shape = Shape(**{name: options.pop(name) for name in names})
        return function(*arguments, shape=shape, **options)

    for option in reversed(_ANSWER_OPTIONS):
        command = option(command)
    return command


def given_values(parameters: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` by name; raises UsageError for what is not."""
    values = {}
    for text in parameters:
        name, sign, value = text.partition("=")
        if not sign or not name.isidentifier():
            raise UsageError(f"--param {text} is no NAME=VALUE")
        values[name] = value
    return values


def answer(asked: Asked, request: LoadRequest, shape: Shape) -> None:
    """Load what the request names, ask, and print or write the answer; payloads are loaded where it needs them."""
    from tracetui.api.result_files import kind_of, refuse_source
    from tracetui.cli.output import talk
    from tracetui.workers.attaching import named_file
    from tracetui.workers.query_process import QueryProcess

    if shape.out is not None:
        attached = [str(named_file(given)[0]) for given in shape.attached]
        refuse_source(shape.out, [*request.paths, *attached])
    if shape.out is not None and not shape.is_drawn:
        kind_of(shape.out, may_replace=shape.overwrite)
    # a process that is begun here is ready by the time that everything is loaded
    process = QueryProcess()
    try:
        try:
            # a source read from stdin cannot be read again
            _answer(asked, request, shape, "full" if "-" in request.paths else "tree", process)
        except NotLoadedError:
            if not request.quiet:
                talk("the query needs payloads, which are loaded now")
            _answer(asked, request._replace(full=True), shape, "full", None)
    finally:
        process.close()


def _answer(
    asked: Asked, request: LoadRequest, shape: Shape, stage: str, process: QueryProcess | None
) -> None:
    from tracetui.store.query_limits import QueryLimits

    limits = QueryLimits(seconds=shape.seconds)
    with loaded(request, stage) as db:
        if asked.needs_prices:
            with_prices(db, shape.price_files)
        session = db.open_queries(limits, is_unsafe=asked.is_unsafe, process=process)
        _attach(session, shape.attached, request.quiet)
        statements = list(asked.statements)
        if asked.is_script:
            statements = [found["text"] for text in statements for found in session.statements(text)]
        for number, statement in enumerate(statements, start=1):
            result = _asked(session, statement, asked, db, request.quiet)
            if number < len(statements):
                session.keep(result)
            if number == len(statements) or not (shape.as_json or shape.as_csv or shape.out):
                _give(result, shape, request.quiet)


def _attach(session: QuerySession, attached: Sequence[str], quiet: bool) -> None:
    from tracetui.cli.output import talk
    from tracetui.render.safe import safe

    for given in attached:
        found = session.attach_given(given)
        if not quiet:
            talk(f"attached: {safe(', '.join(found.tables) or 'nothing')}")
            if found.renamed:
                talk(f"of one name in the file: {safe(', '.join(found.renamed))}")
        if found.left_out:
            talk(f"left out, since that file alone does not answer them: {safe(', '.join(found.left_out))}")


def _asked(session: QuerySession, statement: str, asked: Asked, db: TraceDB, quiet: bool) -> QueryResult:
    from tracetui.cli.output import talk

    with _progress(quiet) as told:
        result = session.run(statement, _needed(statement, asked.values), db.price_rows(), told)
    if result.limit:
        talk(f"the result is not whole: {result.limit}")
    return result


def _needed(statement: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values that a statement of several asks for."""
    return {name: value for name, value in values.items() if re.search(rf"\${name}\b", statement)}


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[QueryResult], None] | None]:
    from tracetui.cli.terminal import takes_escapes

    if quiet or not takes_escapes(sys.stderr):
        yield None
        return
    shown = _RunningLine()
    try:
        yield shown
    finally:
        shown.clear()


class _RunningLine:
    """One line on stderr about a query that takes its time."""

    def __init__(self) -> None:
        self._is_shown = False

    def __call__(self, result: QueryResult) -> None:
        part = "" if result.fraction is None else f" · {result.fraction:.0%}"
        sys.stderr.write(f"\r\x1b[2Kquery: {result.elapsed_s:.1f} s{part} · {result.row_count:,} rows")
        sys.stderr.flush()
        self._is_shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def _give(result: QueryResult, shape: Shape, quiet: bool) -> None:
    from tracetui.cli.output import print_csv, print_json_rows
    from tracetui.cli.result_rows import exact_rows, json_rows

    if shape.is_drawn:
        _draw(result, shape, quiet)
    elif shape.out is not None:
        _write(result, shape.out, shape.overwrite, quiet)
    elif shape.as_json:
        print_json_rows(json_rows(result))
    elif shape.as_csv:
        print_csv(result.columns, exact_rows(result))
    else:
        _print_table(result, shape.wide, quiet)


def _draw(result: QueryResult, shape: Shape, quiet: bool) -> None:
    from tracetui.cli.output import print_lines, talk
    from tracetui.cli.terminal import stdout_cells
    from tracetui.render.charts import chart_lines, chosen, title_of, write_chart
    from tracetui.render.safe import safe

    chart = chosen(result, shape.chart_kind)
    title = title_of(chart, result)
    lines = chart_lines(chart, result, stdout_cells() or _CHART_CELLS, _CHART_LINES)
    if shape.out is None:
        print_lines([title, *lines])
        return
    write_chart(shape.out, title, lines, may_replace=shape.overwrite)
    if not quiet:
        talk(f"written: a {chart.kind} to {safe(str(shape.out))}")


def _write(result: QueryResult, out: Path, overwrite: bool, quiet: bool) -> None:
    from tracetui.api.result_files import export_result
    from tracetui.cli.output import talk
    from tracetui.render import text
    from tracetui.render.safe import safe

    count = export_result(result, out, may_replace=overwrite, guards_formulas=guards_formulas())
    if not quiet:
        size = text.size(out.stat().st_size)
        talk(f"written: {count:,} row{'' if count == 1 else 's'}, {size}, to {safe(str(out))}")


def _print_table(result: QueryResult, is_wide: bool, quiet: bool) -> None:
    from tracetui.cli.output import print_lines, talk
    from tracetui.cli.result_lines import result_lines
    from tracetui.cli.terminal import stdout_cells

    print_lines(result_lines(result, None if is_wide else stdout_cells()))
    if not quiet:
        talk(f"{result.row_count:,} row{'' if result.row_count == 1 else 's'}")
