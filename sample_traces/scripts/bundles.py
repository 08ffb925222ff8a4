"""One zip of mixed exports as a customer might send it (with a torn file in it), one gzip and one Zstandard file.

Run last: it packs files that the other scripts wrote.
"""

from __future__ import annotations

import gzip
import io
import zipfile

import zstandard

from fixed_world import ROOT

MEMBERS = (
    "otlp/travel_agent_timeout.jsonl",
    "otlp/openai_v2_log_events.jsonl",
    "openai_agents/support_handoff.jsonl",
    "langsmith/release_notes_cli.jsonl",
    "otel_console/tour_weather_retry.json",
    "phoenix/langgraph_research.parquet",
)
TORN = "openai_agents/retry_and_loop_start_and_end.jsonl"
NOTE = """Case 2026-0142: exports from staging, week 9 to 12

travel_agent_timeout.jsonl      the run that failed (flight search)
openai_v2_log_events.jsonl      the old help assistant, spans and logs in one file
support_handoff.jsonl           triage hands over to refunds
release_notes_cli.jsonl         nightly release notes
tour_weather_retry.json         console output of the tour planner
langgraph_research.parquet      spans of the research desk
retry_and_loop_TORN.jsonl       the disk was full: the last line is cut off
"""
FIXED_DATE = (2026, 3, 20, 9, 0, 0)


def torn(data: bytes) -> bytes:
    """The first three quarters of a file, ending in the middle of a line."""
    end = len(data) * 3 // 4
    while data[end - 1 : end] in (b"\n", b"}"):
        end -= 1
    return data[:end]


def mixed_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        contents = {"README.txt": NOTE.encode()}
        contents |= {f"exports/{path.split('/')[1]}": (ROOT / path).read_bytes() for path in MEMBERS}
        contents["exports/retry_and_loop_TORN.jsonl"] = torn((ROOT / TORN).read_bytes())
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            bundle.writestr(entry, data)
    return buffer.getvalue()


def main() -> None:
    handoff = (ROOT / "openai_agents" / "support_handoff.jsonl").read_bytes()
    research = (ROOT / "otlp" / "openinference_langgraph_research.jsonl").read_bytes()
    files = {
        "mixed.zip": mixed_zip(),
        "support_handoff.jsonl.gz": gzip.compress(handoff, mtime=0),
        "openinference_langgraph_research.jsonl.zst": zstandard.ZstdCompressor(level=9).compress(research),
    }
    for name, data in files.items():
        target = ROOT / "bundles" / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
        print(f"bundles/{name}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
