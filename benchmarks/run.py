"""Measure tracetui beside its limits: `python -m benchmarks.run --spans 100000 --only import`.

Files are generated once and kept in `benchmarks/data`. All figures of one table come from one interleaved run; the
CPU column is the stable one on a machine that is shared.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.bars import Bar, Table, flat_bars, otlp_bars, parquet_bars, screen_bars
from benchmarks.generate import DATA, path_for
from benchmarks.measure import ROOT, Measured, Task, measure

_LIMITS = ("read_bytes", "duckdb_count", "orjson_lines", "duckdb_sql")
_OURS = ("index", "runs", "listing")


def main() -> None:
    """The command line."""
    chosen = _arguments()
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        bars = [bar for part in chosen.only for bar in _PARTS[part](chosen, Path(folder))]
    print("\nbars")
    for bar in bars:
        print(bar.text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure tracetui beside its limits.")
    parser.add_argument("--spans", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many")
    parser.add_argument("--payload", choices=("light", "heavy", "both"), default="light")
    parser.add_argument("--format", action="append", choices=tuple(_FORMATS), help="default: all of them")
    parser.add_argument("--only", action="append", choices=tuple(_PARTS), help="default: all parts")
    parser.add_argument("--without-hand-sql", action="store_true", help="leave out the slowest limit")
    chosen = parser.parse_args()
    chosen.only = chosen.only or list(_PARTS)
    chosen.format = chosen.format or list(_FORMATS)
    chosen.payloads = ("light", "heavy") if chosen.payload == "both" else (chosen.payload,)
    return chosen


def _file(format_name: str, payload: str, spans: int, *, defects: bool = False) -> Path:
    """The file, written first if it is not there: in a process of its own, since a child's peak counts its parent's."""
    path = path_for(format_name, payload, spans, defects=defects)
    if not path.exists():
        options = ["--format", format_name, "--payload", payload, "--spans", str(spans)]
        command = [sys.executable, "-m", "benchmarks.generate", *options, *(["--defects"] if defects else [])]
        subprocess.run(command, check=True, cwd=ROOT)
    return path


# --- import ----------------------------------------------------------------------------------------------------


_FORMATS: Mapping[str, Callable[[Table, str], Iterable[Bar]]] = {
    "otlp": otlp_bars,
    "plain": flat_bars,
    "phoenix": parquet_bars,
}


def _import(chosen: argparse.Namespace, folder: Path) -> Iterator[Bar]:
    for payload in chosen.payloads:
        for format_name in chosen.format:
            path = _file(format_name, payload, chosen.spans)
            table = _import_table(chosen, format_name, path, folder)
            size = path.stat().st_size / 1e6
            print(
                f"\n{format_name} {payload}, {chosen.spans:,} spans, {size:,.0f} MB, best of {chosen.rounds}"
            )
            _print_table(table)
            yield from _FORMATS[format_name](table, payload)


def _import_table(
    chosen: argparse.Namespace, format_name: str, path: Path, folder: Path
) -> dict[str, Measured]:
    names = [*_OURS] if format_name == "phoenix" else [*_LIMITS, *_OURS]
    if chosen.without_hand_sql:
        names = [name for name in names if name != "duckdb_sql"]
    tasks = [Task(name, _task_arguments(name, path, format_name)) for name in names]
    return dict(zip(names, measure(tasks, chosen.rounds, folder), strict=True))


def _task_arguments(name: str, path: Path, format_name: str) -> tuple[str, ...]:
    return (str(path), format_name, "{folder}") if name in (*_OURS, "duckdb_sql") else (str(path),)


def _print_table(table: Table) -> None:
    print(f"{'':16}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}  figures")
    for name, row in table.items():
        figures = ", ".join(
            f"{key} {value:,}" for key, value in row.figures.items() if isinstance(value, int)
        )
        print(f"{name:16}{row.wall_s:9.2f}{row.cpu_s:9.2f}{row.peak_bytes / 1e6:9.0f}  {figures}")


# --- damage ----------------------------------------------------------------------------------------------------


def _damage(chosen: argparse.Namespace, folder: Path) -> Iterator[Bar]:
    """Bar 16: what is damaged or too long is counted and handed on, and everything else is imported."""
    for format_name in ("otlp", "plain"):
        path = _file(format_name, "light", chosen.spans, defects=True)
        task = Task("index", (str(path), format_name, "{folder}"))
        (found,) = measure([task], 1, folder)
        lost = chosen.spans - int(found.figures["spans"])
        yield Bar(
            "16", f"{format_name} with {found.figures['rest']} damaged records, spans lost", lost, 0, "spans"
        )


# --- interface -------------------------------------------------------------------------------------------------


def _screens(chosen: argparse.Namespace, folder: Path) -> Iterator[Bar]:
    """Bars 6 to 10: a kept database, keys in the tree, folds, the first frame."""
    path = _file("otlp", "light", chosen.spans)
    cache = folder / "cache"
    names = {
        "empty app, down": ("keys", "empty", "0", "down"),
        "tree of 1,000, down": ("keys", "tree", "1000", "down"),
        "tree of 1,000,000, down": ("keys", "tree", "1000000", "down"),
        "empty app, page down": ("keys", "empty", "0", "pagedown"),
        "tree of 1,000,000, page down": ("keys", "tree", "1000000", "pagedown"),
        "folds of 1,000,000": ("folds", "1000000"),
        "first frame, empty app": ("until", "ready", "-m", "benchmarks.empty"),
        "first frame, tracetui": ("until", "Import", "-m", "tracetui", str(path)),
        "rows of a kept database": ("until_in", str(cache), "✗ failed", "-m", "tracetui", str(path)),
        "heavy modules before it": ("imports_before_frame",),
    }
    measure([Task("fill_cache", (str(cache), str(path)), "benchmarks.screens")], 1, folder)
    tasks = [Task(name, tuple(arguments), "benchmarks.screens") for name, *arguments in names.values()]
    table = dict(zip(names, measure(tasks, chosen.rounds, folder), strict=True))
    print("\ninterface")
    for name, row in table.items():
        print(f"{name:30}{row.wall_s:9.3f} s  {row.figures}")
    yield from screen_bars(table)
    yield from _kept(chosen, path, folder)


def _kept(chosen: argparse.Namespace, path: Path, folder: Path) -> Iterator[Bar]:
    (made,) = measure([Task("runs", (str(path), "otlp", str(folder)))], 1, folder)
    task = Task("reopen", (str(made.figures["database"]),), "benchmarks.screens")
    (found,) = measure([task], chosen.rounds, folder)
    yield Bar("6", f"reopen and list 200 runs of {chosen.spans:,} spans", found.wall_s * 1000, 60, "ms")
    yield Bar("7", "the list of runs again, median", found.figures["runs_ms"], 16, "ms")


Part = Callable[[argparse.Namespace, Path], Iterable[Bar]]
_PARTS: Mapping[str, Part] = {"import": _import, "damage": _damage, "screens": _screens}

if __name__ == "__main__":
    main()
