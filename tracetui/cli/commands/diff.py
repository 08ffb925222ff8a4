"""`tracetui diff`: two runs or two steps, and what differs between them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from tracetui.cli.loading import LoadRequest, loaded, with_prices
from tracetui.cli.options import as_json, loads_paths, priced, shows_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracetui.analysis.diff.runs import Level
    from tracetui.api import TraceDB
    from tracetui.api.diffs import Comparing

_SAME = ("session", "tag", "name", "task", "input")
_LEVELS = ("side-effects", "actions", "environment", "context", "state", "wording", "cost")


@click.command()
@loads_paths
@click.option("--runs", nargs=2, metavar="A B", help="Two runs by their ids or prefixes; else the only two.")
@click.option("--steps", nargs=2, metavar="A:N B:M", help="Two steps; a number alone is one of --run.")
@click.option(
    "--step", type=click.IntRange(min=1), metavar="N", help="A step of --run against the last of its kind."
)
@click.option(
    "--run", "run_id", metavar="R", help="The run of --step and --steps; else the first in triage order."
)
@click.option(
    "--against", multiple=True, metavar="R", help="Good runs that --run is compared with; repeat it."
)
@click.option(
    "--against-same", type=click.Choice(_SAME),
    help="Compare --run with every run that did not fail and shares this with it.",
)  # fmt: skip
@click.option(
    "--level", type=click.Choice(_LEVELS), default="context", show_default=True,
    help="What counts as a difference: this and all before it in the list.",
)  # fmt: skip
@click.option(
    "--filter", "filter_text", default="", metavar="FILTER",
    help="List only steps that pass on either side; docs/filter.md tells how.",
)  # fmt: skip
@click.option(
    "--ignore",
    multiple=True,
    metavar="KEY",
    help="A further key to leave out of JSON values; KEY,KEY for several.",
)
@click.option("--keep-volatile", is_flag=True, help="Compare ids and times too.")
@click.option(
    "--key", metavar="SQL", help="An expression over the view spans: spans with equal values are the same."
)
@click.option("--writes", multiple=True, metavar="TOOL", help="A tool that has side effects; repeat it.")
@click.option("--reads", multiple=True, metavar="TOOL", help="A tool that has none; repeat it.")
@shows_sql
@priced
@as_json
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, for a pull request.")
def command(
    request: LoadRequest, runs: tuple[str, str] | None, steps: tuple[str, str] | None, step: int | None,
    run_id: str | None, against: tuple[str, ...], against_same: str | None, level: str, filter_text: str, ignore: tuple[str, ...],
    keep_volatile: bool, key: str | None, writes: tuple[str, ...], reads: tuple[str, ...],
    show_sql: bool, price_files: tuple[str, ...], as_json: bool, as_markdown: bool,
) -> int:  # fmt: skip
    """Compare two runs or two steps.

    The exit status is 1 where they differ at --level or one that matters more, whatever --filter lists.
    """
    from tracetui.analysis.diff.volatile import volatile
    from tracetui.api.diffs import Comparing
    from tracetui.cli.diff_options import check_options, keys_of
    from tracetui.cli.output import print_safe

    check_options(_given(), writes, reads)
    how = Comparing(volatile(keys_of(ignore), by_default=not keep_volatile), key, writes, reads)
    shape = "json" if as_json else "markdown" if as_markdown else "lines"
    with loaded(request) as db:
        with_prices(db, price_files)
        if steps or step:
            return _diff_steps(db, run_id, steps, step, how, shape)
        if against or against_same:
            run = db.run(run_id).run_id
            good = [*against, *(_sharing(db, run, against_same) if against_same else ())]
            return _diff_many(db, run, good, against, level, how, shape)
        if show_sql:
            a, b = runs or _only_two(db, request.paths)
            print_safe(db.spans_query(db.run(a).run_id, filter_text, db.run(b).run_id))
            return 0
        return _diff_runs(db, runs or _only_two(db, request.paths), level, how, shape, filter_text)


def _given() -> list[str]:
    """The options that were typed."""
    context = click.get_current_context()
    return [
        option.opts[0]
        for option in context.command.params
        if option.name and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    ]


def _sharing(db: TraceDB, run_id: str, same: str) -> Sequence[str]:
    from tracetui.errors import UsageError

    good = db.good_runs(run_id, same)
    if not good:
        others = ", ".join(each for each in _SAME if each != same)
        raise UsageError(
            f"no other run that did not fail shares the {same} with this one",
            f"Choose them by {others}, or name them with --against R (`tracetui runs` lists all).",
        )
    return good


def _level(name: str) -> Level:
    from tracetui.analysis.diff.runs import Level

    return Level[name.upper().replace("-", "_")]


def _diff_runs(
    db: TraceDB, runs: tuple[str, str], level_name: str, how: Comparing, shape: str, filter_text: str
) -> int:
    from tracetui.api.diffs import diff_runs
    from tracetui.cli.diff_rows import run_diff_object
    from tracetui.cli.output import print_json, print_lines, say_none_passes, talk
    from tracetui.render.run_diff import run_diff_lines
    from tracetui.render.run_markdown import run_diff_markdown
    from tracetui.render.safe import safe

    level = _level(level_name)
    a, b = runs
    passing = _passing(db, runs, filter_text)
    diff = diff_runs(db, a, db, b, how)
    only = None if passing is None else diff.rows_with(*passing)
    if only == []:
        say_none_passes(db, "no step of either run passes the filter", filter_text)
    for tool in sorted(
        {*how.writes, *how.reads}.difference(diff.alignment.a.operation, diff.alignment.b.operation)
    ):
        talk(f"tracetui: neither run calls a tool named {safe(tool)}")
    if shape == "json":
        print_json(run_diff_object(diff, level, only))
    else:
        print_lines((run_diff_markdown if shape == "markdown" else run_diff_lines)(diff, level, only))
    return int(diff.differs_at(level))


def _passing(
    db: TraceDB, runs: tuple[str, str], filter_text: str
) -> tuple[frozenset[int], frozenset[int]] | None:
    """Positions of what passes in A and in B; None without a filter."""
    if not filter_text.strip():
        return None
    a, b = (frozenset(db.matching(db.run(run).run_id, filter_text)) for run in runs)
    return a, b


def _only_two(db: TraceDB, paths: Sequence[str]) -> tuple[str, str]:
    """The only two runs in the order of the paths that they are of; of one path that which began first is A."""
    from tracetui.errors import UsageError

    found = db.runs(sort="started", limit=3)
    if len(found) != 2:
        count = db.run_count()
        raise UsageError(
            f"there {'is' if count == 1 else 'are'} {count:,} run{'' if count == 1 else 's'}; two are compared",
            "Name them with --runs A B (`tracetui runs` lists all).",
        )
    first, second = sorted(found, key=lambda run: _place_among(paths, run.source))
    return first.run_id, second.run_id


def _place_among(paths: Sequence[str], source: str) -> int:
    """Which of the paths a source is of, their number where that is not told."""
    whole = Path(source).resolve()
    return next(
        (at for at, path in enumerate(paths) if whole.is_relative_to(Path(path).resolve())), len(paths)
    )


def _diff_steps(
    db: TraceDB,
    run_id: str | None,
    steps: tuple[str, str] | None,
    step: int | None,
    how: Comparing,
    shape: str,
) -> int:
    from tracetui.cli.diff_rows import step_diff_object
    from tracetui.cli.output import print_json, print_lines
    from tracetui.cli.step_diff_lines import step_diff_lines
    from tracetui.render.step_markdown import step_diff_markdown

    if steps:
        before, (run, position) = (_place(db, run_id, word) for word in steps)
        a, b, diff = db.step_diff(run, position, before, how.rule)
    else:
        run, position = _place(db, run_id, str(step))
        a, b, diff = db.step_diff(run, position, None, how.rule)
    if shape == "json":
        print_json(step_diff_object(a, b, diff, how.rule))
    else:
        told = step_diff_markdown if shape == "markdown" else step_diff_lines
        print_lines(told(a, b, diff, how.rule))
    return int(not diff.is_empty)


def _place(db: TraceDB, run_id: str | None, word: str) -> tuple[str, int]:
    """Run and position of `R:N`, or of `N` in the run that was named."""
    from tracetui.errors import UsageError

    before, colon, number = word.rpartition(":")
    if not number.isdecimal() or int(number) < 1:
        raise UsageError(
            f"{word} is no step", "Steps are numbers from 1, or R:N with the run before the colon."
        )
    run = db.run(before if colon else run_id).run_id
    return run, db.step_position(run, int(number))


def _diff_many(
    db: TraceDB,
    run_id: str,
    good: Sequence[str],
    named: Sequence[str],
    level_name: str,
    how: Comparing,
    shape: str,
) -> int:
    from tracetui.api.diffs import BAD_ENDS, diff_against_many
    from tracetui.cli.diff_rows import consensus_object
    from tracetui.cli.output import print_json, print_lines, talk
    from tracetui.render.run_against import consensus_lines, consensus_markdown
    from tracetui.render.safe import safe

    run = db.run(run_id)
    found = diff_against_many(db, run.run_id, good, how, _level(level_name))
    for each in dict.fromkeys(named):
        status = db.run(each).status
        if status in BAD_ENDS:
            talk(f"tracetui: the run {safe(each)} is given as good, but its status is {status}")
    if shape == "json":
        print_json(consensus_object(run.run_id, found, how.rule))
    else:
        told = consensus_markdown if shape == "markdown" else consensus_lines
        print_lines(told(run, found, how.rule))
    return int(not found.is_empty)
