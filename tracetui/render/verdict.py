"""What became of a run, in one line: the same words on the Run screen and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.words import Status

if TYPE_CHECKING:
    from tracetui.read_model import Run

NAME_CHARACTERS = 60
ERROR_CHARACTERS = 200
_LONGER = 1.05


def verdict(run: Run, signs: Signs, times: tuple[int, int] | None = None) -> str:
    """`✗ name   failed at step 14 of 37: search_flights TimeoutError   41.3 s · 18.2k tok · ≥ $0.124 · …`, made safe."""
    head = f"{signs.status[run.status]} {safe(run.name or run.run_id, NAME_CHARACTERS)}"
    return "   ".join(part for part in (head, outcome(run), figures(run, times), notes(run)) if part)


def listed_name(run: Run, most_characters: int | None = None) -> str:
    """The name of a run in a list, made safe, with a mark where it stands for a run of another export once more."""
    name = safe(run.name or run.run_id, most_characters)
    return f"{name} (other export)" if run.duplicate_of else name


def outcome(run: Run) -> str:
    """How the run ended and where to look first: `failed at step 14 of 37: search_flights TimeoutError`."""
    steps = _steps(run.steps)
    if run.status is Status.ERROR:
        where = _where(run) or f"failed, {steps}"
        return f"{where}: {what}" if (what := failure(run)) else where
    stopped = is_stopped(run)
    paused = "stopped after" if stopped else "paused for a human after"
    words = {Status.INTERRUPTED: paused, Status.UNFINISHED: "has no end, after"}
    ended = f"{words.get(run.status, 'ok,' if run.status is Status.OK else 'no status,')} {steps}"
    if run.errors:
        recovered = f", {run.recovered_errors:,} recovered" if run.recovered_errors else ""
        ended = f"{ended} ({run.errors:,} error{'' if run.errors == 1 else 's'}{recovered})"
    return f"{ended}: {failure(run)}" if stopped else ended


def is_stopped(run: Run) -> bool:
    """Whether an interrupted run was cancelled or refused; others wait for a human, whose word goes on."""
    word = run.error_type or ""
    return run.status is Status.INTERRUPTED and bool(word) and not word.endswith("Interrupt")


def _where(run: Run) -> str:
    """`failed at step 14 of 37`; `failed after step 14` where no step failed, as when an agent runs out of turns."""
    of = f" of {run.steps:,}" if run.steps is not None else ""
    if run.failed_step is not None:
        return f"failed at step {run.failed_step:,}{of}"
    before = run.steps_before_failure
    return "" if before is None else f"failed after step {before:,}{of}"


def _steps(steps: int | None) -> str:
    """While a large source is being indexed its steps are not numbered yet."""
    return "steps not counted yet" if steps is None else f"{steps:,} step{'' if steps == 1 else 's'}"


def failure(run: Run) -> str:
    """What failed and with what, in one line; the message only where the source names no error type, the name only
    where it is not that of the run itself."""
    what = run.error_type or run.error_message
    name = None if what and run.failed_name == run.name else run.failed_name
    return " ".join(safe(part, ERROR_CHARACTERS) for part in (name, what) if part)


def message_beside(error_type: str | None, message: str | None) -> str:
    """The message of an error as it stands beside its type, which many messages begin with: `ValueError: no such day`."""
    said = message or ""
    for word in (error_type, (error_type or "").rpartition(".")[2]):
        if word and (said == word or said.startswith(f"{word}: ")):
            return said[len(word) + 2 :]
    return said


def notes(run: Run) -> str:
    """What has to be known before the rest is believed: that the export is not whole, or that the run is there twice."""
    said = []
    if run.incomplete:
        said.append(f"export not whole: {safe(run.incomplete, ERROR_CHARACTERS)}")
    where = ", ".join(safe("/".join(source.split("/")[-2:]), NAME_CHARACTERS) for source in run.copies[:2])
    more = f" and {len(run.copies) - 2} more" if len(run.copies) > 2 else ""
    if run.duplicate_of:
        said.append(
            f"the same run as {safe(run.duplicate_of, NAME_CHARACTERS)} of another export, {where}{more}"
        )
    elif run.copies:
        said.append(f"also in {where}{more}, counted once")
    return " · ".join(said)


def run_money(run: Run) -> str:
    """What a run cost, and what that leaves out."""
    return text.money_with_coverage(
        run.cost_usd,
        run.priced_calls,
        run.unpriced_calls,
        run.computed_calls,
        run.partly_priced_calls,
        run.unsized_calls,
    )


def figures(run: Run, times: tuple[int, int] | None = None) -> str:
    """Duration, tokens and money of a run: `41.3 s · 18.2k tok · $0.124`; what is unknown is left out or said, and so
    is that its spans, whose first and last time `times` are, go on for much longer than the run itself."""
    cost = run_money(run)
    tokens = text.tokens(run.total_tokens) if run.total_tokens is not None else ""
    took = text.duration(run.duration_ns)
    if times is not None and run.duration_ns is not None and times[1] - times[0] > run.duration_ns * _LONGER:
        took = f"{took}, its spans {text.duration(times[1] - times[0])}"
    return " · ".join(part for part in (took, tokens, cost) if part)
