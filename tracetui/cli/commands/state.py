"""`tracetui state`: what the memory of a run held, who wrote it, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracetui.cli.loading import LoadRequest, loaded
from tracetui.cli.options import as_json, loads_paths, wide

if TYPE_CHECKING:
    from tracetui.api import TraceDB
    from tracetui.api.memory import RunMemory
    from tracetui.cli.memory_lines import Place


@click.command()
@loads_paths
@click.option(
    "--run", "run_id", metavar="R",
    help="A run by its id, any unique prefix, or beginning…end; else the only run, else failed first.",
)  # fmt: skip
@click.option(
    "--step", type=click.IntRange(min=0), metavar="N", help="The state after this step; else at the end."
)
@click.option(
    "--moment", type=click.IntRange(min=0), metavar="M",
    help="The state after this moment: changes are numbered, those of one checkpoint together.",
)  # fmt: skip
@click.option("--key", metavar="K", help="Everything that happened to one key, reads too.")
@click.option(
    "--diff",
    nargs=2,
    metavar="A B",
    help="What differs between two steps; mN is a moment, R:N a step of another run.",
)
@as_json
@wide
def command(
    request: LoadRequest, run_id: str | None, step: int | None, moment: int | None, key: str | None,
    diff: tuple[str, str] | None, as_json: bool, wide: bool,
) -> int:  # fmt: skip
    """Print what the memory of a run held after a step.

    Marks what that step changed, and tells what looks wrong there, without --step in all of the run (`query memory_anomalies`
    tells all). Files that tool calls wrote are keys too. A writer in question is told as such. The exit status of --diff is 1 where the two differ.
    """
    from tracetui.cli.commands.show import find_run, tell_choice
    from tracetui.cli.memory_lines import Place
    from tracetui.cli.terminal import stdout_cells
    from tracetui.errors import UsageError

    if sum(given is not None for given in (step, moment, key, diff)) > 1:
        raise UsageError("--step, --moment, --key and --diff exclude each other")
    cells = None if wide else stdout_cells()
    with loaded(request) as db:
        run = find_run(db, run_id)
        memory, status = db.memory(run.run_id), 0
        if diff is not None:
            status = _print_diff(db, run.run_id, diff, as_json, cells)
        elif key is not None:
            _print_history(memory, key, as_json, cells)
        else:
            _print_state(memory, run.format, Place(step, moment), as_json, cells)
        if run_id is None and not request.quiet:
            tell_choice(db, run)
    return status


def _print_state(memory: RunMemory, format_name: str, place: Place, as_json: bool, cells: int | None) -> None:
    from tracetui.cli.memory_lines import finding_lines, snapshot_of, state_lines, state_rows
    from tracetui.cli.output import print_json_rows, print_lines, talk
    from tracetui.render.memory import nothing_told

    snapshot = snapshot_of(memory, place, format_name)
    if as_json:
        print_json_rows(state_rows(snapshot))
        if not snapshot.is_told:
            talk(nothing_told(format_name))
    else:
        print_lines(state_lines(snapshot, cells))
        print_lines(finding_lines(snapshot))


def _print_history(memory: RunMemory, key: str, as_json: bool, cells: int | None) -> None:
    from tracetui.cli.memory_lines import change_row, history_lines
    from tracetui.cli.output import print_json_rows, print_lines
    from tracetui.errors import UsageError

    found = memory.history(key)
    if not found:
        import difflib

        known = sorted({change.key for change in memory.changes(characters=0)})
        near = difflib.get_close_matches(key, known, n=3, cutoff=0.3) or known[:3]
        hint = f"Keys of this run: {', '.join(near)}." if near else "Nothing in this run tells of its memory."
        raise UsageError(f"the run has no key {key}", hint)
    if as_json:
        span_ids = memory.span_ids()
        print_json_rows(change_row(change, span_ids) for change in found)
    else:
        print_lines(history_lines(found, cells))


def _print_diff(db: TraceDB, run_id: str, words: tuple[str, str], as_json: bool, cells: int | None) -> int:
    from tracetui.api.memory import differences
    from tracetui.cli.memory_lines import diff_lines, diff_row, seq_at
    from tracetui.cli.output import print_json_rows, print_lines

    (one, at), (other, until) = (_place(db, run_id, word) for word in words)
    before, after = seq_at(one, at), seq_at(other, until)
    found = list(differences(one.state(before), other.state(after), other.gone(after)))
    if as_json:
        print_json_rows(diff_row(each) for each in found)
    else:
        print_lines(diff_lines(found, cells))
    return int(bool(found))


def _place(db: TraceDB, run_id: str, word: str) -> tuple[RunMemory, Place]:
    """The memory and step of `R:N`, or of `N` in the run that was named; `mN` is a moment."""
    from tracetui.cli.memory_lines import Place
    from tracetui.errors import UsageError

    before, colon, number = word.rpartition(":")
    digits = number.removeprefix("m")
    if not digits.isdecimal():
        hint = "Steps are numbers, 0 before the first, moments m and a number; with a run R:N."
        raise UsageError(f"{word} is no step", hint)
    place = Place(step=int(digits)) if digits == number else Place(moment=int(digits))
    return db.memory(db.run(before).run_id if colon else run_id), place
