"""A bundle of ten formats, two of them broken, opens as one set with one schema."""

from __future__ import annotations

import zipfile
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui.model import Severity

_CLAUDE = "claude_code/7c1d0e52-3a94-4c1f-8b6e-2f60a4d11c08"
BUNDLE = SAMPLES / "bundles" / "ten_formats.zip"
WHOLE = {
    *("otlp", "jaeger", "langfuse", "langsmith", "mlflow", "phoenix", "codex_rollout", "openai_run_state"),
}


@pytest.mark.parametrize("in_process", [True, False])
def test_ten_formats_open_together(in_process: bool) -> None:
    with load(BUNDLE, in_process=in_process) as db:
        sources = {source.source.rpartition("!")[2]: source for source in db.sources()}
        assert len(sources) == 10
        assert {source.format for source in sources.values()} == WHOLE | {"openai_agents", None}
        for source in sources.values():
            assert source.records == source.loaded + source.merged + source.skipped, source
            assert source.records or source.format is None, source
        broken = {
            issue.source.rpartition("!")[2]: issue
            for issue in db.issues()
            if issue.code in ("torn_tail", "binary")
        }
        assert set(broken) == {
            "openai_agents/retry_and_loop_TORN.jsonl",
            "braintrust/project_logs_BROKEN.json",
        }
        assert all(issue.message for issue in broken.values())
        assert broken["openai_agents/retry_and_loop_TORN.jsonl"].severity is Severity.DATA_LOSS


def test_an_archive_that_is_cut_off_in_a_bundle_is_one_source(tmp_path: Path) -> None:
    (whole,) = (SAMPLES / "inspect_ai").glob("*order-desk*.eval")
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("cut.eval", whole.read_bytes()[: whole.stat().st_size // 2])
        bundle.writestr("torn.parquet", b"PAR1 and nothing else")
    with load(path) as db:
        cut, torn = db.sources()
        assert (cut.format, cut.issues, torn.format, torn.issues) == ("inspect_ai", 3, None, 1)
        assert cut.records == cut.loaded + cut.merged > 0
        assert {"torn_zip", "truncated_archive"} <= {issue.code for issue in db.issues()}


def test_a_run_that_two_members_hold_counts_once() -> None:
    one = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"
    with load(one) as alone, load(BUNDLE) as together:
        (run,) = alone.runs()
        (same,) = [
            found for found in together.runs() if found.trace_id == run.trace_id and not found.duplicate_of
        ]
        assert (same.spans, same.total_tokens) == (run.spans, run.total_tokens)
        jaeger = next(source for source in together.sources() if source.format == "jaeger")
        assert jaeger.merged == jaeger.records == run.spans


@pytest.mark.parametrize(
    "names", [("openai_agents/tutor_guardrail_trip", _CLAUDE), (_CLAUDE, "codex_rollout/rollout-kiosk")]
)
def test_records_of_several_formats_in_one_file_are_all_read(tmp_path: Path, names: tuple[str, str]) -> None:
    parts = [SAMPLES / f"{name}.jsonl" for name in names]
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\n".join(part.read_bytes() for part in parts) + b'\n{"nobody": "knows"}\n')
    alone = 0
    for part in parts:
        with load(part) as db:
            alone += sum(run.spans for run in db.runs())
    with load(path) as db:
        (source,) = db.sources()
        assert (source.records, source.skipped) == (source.loaded + source.merged + 1, 1)
        assert sum(run.spans for run in db.runs()) == alone
        assert {"mixed_formats", "unknown_shape"} <= {issue.code for issue in db.issues()}


@pytest.mark.parametrize(
    "names",
    [
        ("otlp/travel_agent_timeout", "langsmith/release_notes_cli", "plain/invoice_check"),
        # all three say `type`; two of them have words that begin with `agent.`, two of them a line `session`
        ("anthropic_managed_agents/hive_keeper", "openclaw/greenhouse", "pi_session/kiln_timer"),
    ],
)
def test_lines_of_three_formats_are_each_read_in_their_own(tmp_path: Path, names: tuple[str, ...]) -> None:
    paths = [SAMPLES / f"{name}.jsonl" for name in names]
    parts = [path.read_bytes().splitlines() for path in paths]
    alternating = [line for lines in zip_longest(*parts) for line in lines if line]
    with load(*paths) as db:
        spans, records = sum(run.spans for run in db.runs()), sum(source.records for source in db.sources())
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\n{torn\n".join(alternating))
    with load(path) as db:
        (source,) = db.sources()
        assert source.skipped == len(alternating) - 1
        assert source.records == source.loaded + source.merged + source.skipped == records + source.skipped
        assert sum(run.spans for run in db.runs()) == spans


def test_deep_lists_among_lines_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    deep = b"[" * 400 + b"]" * 400
    path.write_bytes((SAMPLES / "plain" / "invoice_check.jsonl").read_bytes() + b"\n" + deep + b"\n")
    with load(path) as db:
        (source,) = db.sources()
        assert (source.format, source.skipped) == ("plain", 1)
