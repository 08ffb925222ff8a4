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
TEN_FORMATS = (
    "otlp/travel_agent_timeout.jsonl",
    "jaeger/travel_agent_timeout.json",
    "langfuse/refund_trace.json",
    "langsmith/release_notes_cli.jsonl",
    "mlflow/stock_reserve_fails.json",
    "phoenix/langgraph_research.parquet",
    "codex_rollout/rollout-2026-05-11T07-30-21-01970000-2222-7000-8000-00000000bbbb.jsonl",
    "openai_run_state/cabin_waits_for_approval.json",
)
"""Eight formats that are whole; the run of the first stands in the second as well."""
NOT_JSON = b"\x7fthis was a core dump\x00\x01 once, and nobody knows of what\n" * 40
FIXED_DATE = (2026, 3, 20, 9, 0, 0)


def torn(data: bytes) -> bytes:
    """The first three quarters of a file, ending in the middle of a line."""
    end = len(data) * 3 // 4
    while data[end - 1 : end] in (b"\n", b"}"):
        end -= 1
    return data[:end]


def mixed_zip() -> bytes:
    contents = {"README.txt": NOTE.encode()}
    contents |= {f"exports/{path.split('/')[1]}": (ROOT / path).read_bytes() for path in MEMBERS}
    contents["exports/retry_and_loop_TORN.jsonl"] = torn((ROOT / TORN).read_bytes())
    return zipped(contents)


def ten_formats_zip() -> bytes:
    """Ten formats, of which one is torn in its middle and one is no JSON at all."""
    contents = {path: (ROOT / path).read_bytes() for path in TEN_FORMATS}
    contents["openai_agents/retry_and_loop_TORN.jsonl"] = torn((ROOT / TORN).read_bytes())
    contents["braintrust/project_logs_BROKEN.json"] = NOT_JSON
    return zipped(contents)


def zipped(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
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
        "ten_formats.zip": ten_formats_zip(),
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
