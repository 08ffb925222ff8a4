"""`tracetui state`: what the memory of a run held, who wrote it, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracetui.cli.loading import LoadRequest, loaded
from tracetui.cli.options import as_json, loads_paths, wide

if TYPE_CHECKING:
    from tracetui.api import TraceDB
    from tracetui.api.memory import RunMemory


@click.command()
@loads_paths
@click.option(
    "--run", "run_id", metavar="R",
    help="A run by its id or any unique prefix; else the only run, else failed first.",
)  # fmt: skip
@click.option(
    "--step", type=click.IntRange(min=0), metavar="N", help="The state after this step; else at the end."
)
@click.option("--key", metavar="K", help="Everything that happened to one key, reads too.")
@click.option(
    "--diff", nargs=2, metavar="A B", help="What differs between two steps; R:N is a step of another run."
)
@as_json
@wide
def command(
    request: LoadRequest, run_id: str | None, step: int | None, key: str | None, diff: tuple[str, str] | None,
    as_json: bool, wide: bool,
) -> int:  # fmt: skip
    """Print what the memory of a run held after a step.

    Marks what that step changed; without --step, what looks wrong is told too (`query memory_anomalies` tells all). A writer in question is told as such. The exit status of --diff is 1 where the two
    differ.
    """
    from tracetui.cli.commands.show import find_run
    from tracetui.cli.terminal import stdout_cells
    from tracetui.errors import UsageError

    if sum(given is not None for given in (step, key, diff)) > 1:
        raise UsageError("--step, --key and --diff exclude each other")
    cells = None if wide else stdout_cells()
    with loaded(request) as db:
        run = find_run(db, run_id)
        memory = db.memory(run.run_id)
        if diff is not None:
            return _print_diff(db, run.run_id, diff, as_json, cells)
        if key is not None:
            _print_history(memory, key, as_json, cells)
        else:
            _print_state(memory, run.format, step, as_json, cells)
    return 0


def _print_state(
    memory: RunMemory, format_name: str, step: int | None, as_json: bool, cells: int | None
) -> None:
    from tracetui.cli.memory_lines import finding_lines, snapshot_of, state_lines, state_rows
    from tracetui.cli.output import print_json_rows, print_lines

    snapshot = snapshot_of(memory, step, format_name)
    if as_json:
        print_json_rows(state_rows(snapshot))
    else:
        print_lines(state_lines(snapshot, cells))
        if step is None:
            print_lines(finding_lines(memory.findings()))


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
        print_json_rows(change_row(change) for change in found)
    else:
        print_lines(history_lines(found, cells))


def _print_diff(db: TraceDB, run_id: str, words: tuple[str, str], as_json: bool, cells: int | None) -> int:
    from tracetui.api.memory import differences
    from tracetui.cli.memory_lines import diff_lines, diff_row
    from tracetui.cli.output import print_json_rows, print_lines

    (one, at), (other, until) = (_place(db, run_id, word) for word in words)
    found = list(differences(one.state(one.at_step(at)), other.state(other.at_step(until))))
    if as_json:
        print_json_rows(diff_row(each) for each in found)
    else:
        print_lines(diff_lines(found, cells))
    return int(bool(found))


def _place(db: TraceDB, run_id: str, word: str) -> tuple[RunMemory, int]:
    """The memory and step of `R:N`, or of `N` in the run that was named."""
    from tracetui.errors import UsageError

    before, colon, number = word.rpartition(":")
    if not number.isdecimal():
        raise UsageError(f"{word} is no step", "Steps are numbers, 0 before the first, or R:N with a run.")
    return db.memory(db.run(before).run_id if colon else run_id), int(number)
