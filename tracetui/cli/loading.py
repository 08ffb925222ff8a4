"""Opening what a command was given: progress while it loads and import issues afterwards, on stderr."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tracetui.cli.terminal import takes_escapes
from tracetui.errors import UsageError

if TYPE_CHECKING:
    from tracetui.api import LoadOptions, TraceDB
    from tracetui.read_model import Progress

PROGRESS_INTERVAL_NS = 100_000_000
_HOW_TO_MAP = "`tracetui import FILE --show-map` writes one to begin with."
_CLEAR_LINE = "\r\x1b[2K"
_TOLD_SEVERITIES = ("error", "data_loss", "warning")


class LoadRequest(NamedTuple):
    """What to load and how, as the command line says it."""

    paths: tuple[str, ...]
    format_name: str | None = None
    full: bool = False
    in_process: bool = False
    no_cache: bool = False
    quiet: bool = False
    trusted: bool = False
    map_file: str | None = None
    may_be_empty: bool = False
    kept_as: Path | None = None
    is_anew: bool = False

    def options(self, stage: str = "full") -> LoadOptions:
        """The same for the API; `stage` is how much the command needs."""
        from tracetui.api import LoadOptions

        return LoadOptions(
            self.format_name,
            self.full,
            self.in_process,
            not self.no_cache,
            stage,
            self.trusted,
            self.mapping(),
            self.may_be_empty,
            self.kept_as,
            self.is_anew,
        )

    def mapping(self) -> str | None:
        """The text of the mapping file; raises UsageError where it cannot be read or is none."""
        if self.map_file is None:
            return None
        from tracetui.api.mapping import from_toml

        try:
            text = Path(self.map_file).read_text(encoding="utf-8")
            from_toml(text)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--map {self.map_file}: {error}") from None
        except UsageError as error:
            raise UsageError(f"--map {self.map_file}: {error.message}", _HOW_TO_MAP) from None
        return text


def with_prices(db: TraceDB, files: Sequence[str]) -> None:
    """Put prices in use: those of the files, the user's own and those published."""
    db.reprice([Path(name) for name in files])


@contextmanager
def loaded(request: LoadRequest, stage: str = "full") -> Iterator[TraceDB]:
    """The database of everything the request names, closed at the end; then says on stderr what was not loaded.

    `stage` is how much the command needs: `tree`, or `full` with payloads.
    """
    from tracetui import api

    refuse_terminal_as_input(request.paths)
    progress = _ProgressLine() if takes_escapes(sys.stderr) and not request.quiet else None
    try:
        db = api.open(request.paths, options=request.options(stage), on_progress=progress)
    finally:
        if progress:
            progress.clear()
    try:
        yield db
        if not request.quiet:
            tell_issues(db.issue_counts())
    finally:
        db.close()


def refuse_terminal_as_input(paths: tuple[str, ...]) -> None:
    """Raise where `-` would wait for someone to type a trace."""
    if "-" in paths and sys.stdin.isatty():
        raise UsageError(
            "- reads stdin, which is a terminal here", "pipe a file in: zcat run.jsonl.gz | tracetui -"
        )


def tell_issues(counts: dict[str, int]) -> None:
    """One line on stderr when something was not loaded whole."""
    from tracetui.cli.output import talk

    told = [f"{counts[severity]:,} {severity}" for severity in _TOLD_SEVERITIES if counts.get(severity)]
    if told:
        talk(f"import issues: {', '.join(told)} (`tracetui import` lists them)")


def refuse_mistyped_command(paths: tuple[str, ...]) -> None:
    """Raise where the first path is no file but nearly the name of a command."""
    from tracetui.cli.names import near_command

    near = None if os.path.exists(paths[0]) else near_command(paths[0])
    if near:
        raise UsageError(
            f"there is neither a file nor a command {paths[0]}", f"the command may be `tracetui {near}`"
        )


class _ProgressLine:
    """One line on stderr that is rewritten at most ten times a second."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._began_ns = clock()
        self._shown_ns = 0

    def __call__(self, progress: Progress) -> None:
        now_ns = self._clock()
        if now_ns - self._shown_ns < PROGRESS_INTERVAL_NS:
            return
        self._shown_ns = now_ns
        sys.stderr.write(_CLEAR_LINE + self._line(progress, now_ns - self._began_ns))
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown_ns:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()

    def _line(self, progress: Progress, elapsed_ns: int) -> str:
        import shutil

        from tracetui.cli.table import fit
        from tracetui.render import text
        from tracetui.render.safe import safe

        total = f" of {text.size(progress.bytes_total)}" if progress.bytes_total else ""
        line = (
            f"{text.size(progress.bytes_read)}{total} · {text.count(progress.records)} records · "
            f"{text.byte_rate(progress.bytes_read, elapsed_ns)} · {safe(progress.phase)} {safe(progress.source)}"
        )
        return fit(line, shutil.get_terminal_size((80, 24)).columns - 1)
