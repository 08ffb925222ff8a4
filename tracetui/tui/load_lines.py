"""What is said about a load: progress while it runs, what was left out afterwards, what to do when nothing came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tracetui.render.safe import safe
from tracetui.render.text import byte_rate, count, percent, rate, short_path, size
from tracetui.tui.loading import Load
from tracetui.words import Severity

if TYPE_CHECKING:
    from tracetui.read_model import Progress, Source

_SOURCE_CHARS = 60
_BAR_CELLS = 24

SEVERITY_WORDS = {
    Severity.ERROR: ("error", "errors"),
    Severity.DATA_LOSS: ("loss of data", "losses of data"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.INFO: ("remark", "remarks"),
}


_TOLD = (Severity.ERROR, Severity.DATA_LOSS, Severity.WARNING)


def progress_lines(load: Load) -> list[str]:
    """What is being done to which source, how far it is, and how to stop."""
    progress = load.progress
    if progress is None:
        return ["Opening…", "", _way_out(load)]
    many = (
        f"source {progress.sources_done + 1:,} of {progress.sources_total:,}: "
        if progress.sources_total > 1
        else ""
    )
    return [
        f"{safe(progress.phase)} {many}{_name(progress.source)}",
        f"{_bar(progress)}{_amount(load, progress)}",
        _way_out(load),
    ]


def _name(source: str) -> str:
    return "standard input" if source == "-" else safe(short_path(source, _SOURCE_CHARS))


def short_progress(load: Load) -> str:
    """How far the load is, in one line, whose end may be cut."""
    return f"{_way_out(load)} · {_amount(load, load.progress) if load.progress else 'opening…'}"


def _way_out(load: Load) -> str:
    return "stopped: what was read is put together, esc drops it" if load.is_stopping else "esc stops"


def nothing_open_line(load: Load) -> str:
    """Why a view has nothing to ask."""
    if load.is_running:
        return short_progress(load)
    if load.is_cancelled:
        return "Loading was stopped before anything could be opened."
    return "Nothing was loaded. 7 shows why."


def stopped_line(load: Load) -> str:
    """How far the load was when it was stopped."""
    how_far = f" at {_amount(load, load.progress)}" if load.progress else ""
    return f"Loading was stopped{how_far}."


def _amount(load: Load, progress: Progress) -> str:
    amount = f"{size(progress.bytes_read)}"
    if progress.bytes_total:
        amount += f" of {size(progress.bytes_total)} ({percent(progress.bytes_read, progress.bytes_total)})"
    elapsed_ns = load.elapsed_ns
    speed = f"{byte_rate(progress.bytes_read, elapsed_ns)}, {rate(progress.records, elapsed_ns)}"
    return f"{amount} · {count(progress.records)} records · {speed}"


def _bar(progress: Progress) -> str:
    if not progress.bytes_total:
        return ""
    done = min(_BAR_CELLS, _BAR_CELLS * progress.bytes_read // progress.bytes_total)
    return f"[{'=' * done}{' ' * (_BAR_CELLS - done)}] "


def issues_line(sources: Sequence[Source], counts: Mapping[str, int]) -> str:
    """`7: 2 records skipped, 1 loss of data, 3 warnings`; empty when all was loaded whole. Remarks do not count."""
    skipped = sum(source.skipped for source in sources)
    words = [f"{skipped:,} record{'' if skipped == 1 else 's'} skipped"] if skipped else []
    words += [_counted(counts[severity], severity) for severity in _TOLD if counts.get(severity)]
    return f"7: {', '.join(words)}" if words else ""


def _counted(number: int, severity: Severity) -> str:
    one, many = SEVERITY_WORDS[severity]
    return f"{number:,} {one if number == 1 else many}"


def nothing_lines(load: Load, filter_text: str, is_empty_source: bool) -> list[str]:
    """What to do when there is no run to show."""
    if load.error is not None:
        return [safe(load.error.message, 400), "", safe(load.error.hint, 400), "q quits."]
    if load.is_cancelled:
        return ["Loading was stopped before any run was complete.", "", "q quits."]
    if filter_text and not is_empty_source:
        return [f"No run contains “{safe(filter_text, 60)}”.", "", "esc clears the filter, f changes it."]
    return [
        "The sources hold no runs.",
        "",
        "7 shows what each source was taken for and what was skipped.",
        "tracetui formats lists the formats; --format overrides the recognition.",
    ]


def no_run_line(load: Load) -> str:
    """Why no run is on show."""
    if load.db is None and load.is_running:
        return "Loading. The run opens here as soon as its spans are known."
    if load.db is None:
        return nothing_open_line(load)
    return "No run is chosen. 1 lists the runs; enter opens one."
