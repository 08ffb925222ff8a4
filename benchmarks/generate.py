"""Write synthetic traces: `python -m benchmarks.generate --format otlp --spans 100000 --payload light`.

Files go to `benchmarks/data`, which is not kept in the repository; the same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks import write_flat, write_langsmith, write_otlp, write_phoenix
from benchmarks.shape import PAYLOADS, Seed, seeds

DATA = Path(__file__).resolve().parent / "data"
_LINES: Mapping[str, Callable[[Iterable[Seed]], Iterator[str]]] = {
    "otlp": write_otlp.lines,
    "plain": write_flat.lines,
    "langsmith": write_langsmith.lines,
}
FORMATS = (*_LINES, "phoenix")
DEFECTS = (
    '{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{},"spans":[{"traceId":"1"}]}]}]}\n',
    "{not json}\n",
    "\n",
    '{"resourceLogs":[]}\n',
    "[1, 2, 3]\n",
)
_DEFECT_EVERY = 23


def path_for(format_name: str, payload: str, spans: int, *, defects: bool = False) -> Path:
    """Where the file with these properties is kept."""
    ending = "parquet" if format_name == "phoenix" else "jsonl"
    return DATA / f"{format_name}-{payload}-{spans}{'-defects' if defects else ''}.{ending}"


def file_for(format_name: str, payload: str, spans: int, *, defects: bool = False) -> Path:
    """The file with these properties, written first if it is not there."""
    path = path_for(format_name, payload, spans, defects=defects)
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        write(unfinished, format_name, payload, spans, defects=defects)
        unfinished.rename(path)
    return path


def write(path: Path, format_name: str, payload: str, spans: int, *, defects: bool = False) -> None:
    """Write one file; `defects` puts a bad line between good ones now and then and cuts the last line off."""
    source = seeds(spans, payload)
    if format_name == "phoenix":
        write_phoenix.write(path, source)
        return
    lines = _LINES[format_name](source)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_with_defects(lines) if defects else lines)


def _with_defects(lines: Iterable[str]) -> Iterator[str]:
    last = ""
    for number, line in enumerate(lines):
        if number % _DEFECT_EVERY == 3:
            yield DEFECTS[number // _DEFECT_EVERY % len(DEFECTS)]
        last = line
        yield line
    yield last[: len(last) // 2]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write synthetic traces to benchmarks/data.")
    parser.add_argument("--format", choices=FORMATS, default="otlp")
    parser.add_argument("--payload", choices=sorted(PAYLOADS), default="light")
    parser.add_argument("--spans", type=int, default=100_000)
    parser.add_argument("--defects", action="store_true")
    chosen = parser.parse_args()
    began = time.perf_counter()
    path = file_for(chosen.format, chosen.payload, chosen.spans, defects=chosen.defects)
    print(f"{path} {path.stat().st_size / 1e6:,.1f} MB {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
