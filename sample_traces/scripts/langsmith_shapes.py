"""The shapes LangSmith runs are met in, built from the bodies that the SDK posted.

Only the request bodies are the SDK's own. What a server or the CLI adds (status, totals, costs, child ids, hive
folders) is derived here: see the README for which field is derived from what.
"""

from __future__ import annotations

import datetime
import json
import shutil
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fixed_world import ROOT, short_hash, without_paths, write

Run = dict[str, Any]
Captured = dict[str, tuple[str, list[dict[str, Any]]]]
NO_SERVER_VALUE = {"first_token_time", "share_token", "reference_example_id"}
# USD for a million tokens: input, cached input, output. List prices of the models the stub plays.
PRICES = {
    "gpt-4o": (Decimal("2.5"), Decimal("1.25"), Decimal(10)),
    "gpt-4o-mini": (Decimal("0.15"), Decimal("0.075"), Decimal("0.6")),
}


def write_all(captured: Captured, batches: list[dict[str, Any]]) -> None:
    """Every LangSmith file of the samples."""
    _write_lines("support_retry_post_patch.jsonl", [body["body"] for body in captured["support_retry"][1]])
    _write_lines("travel_timeout_batches.jsonl", batches)
    listed = [run for story in ("travel_timeout", "support_retry") for run in listed_runs(*captured[story])]
    newest_first = sorted(listed, key=lambda run: run["start_time"], reverse=True)
    answer = {"runs": newest_first, "cursors": {"next": None, "prev": None}}
    write("langsmith/runs_query.json", json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
    _write_lines(
        "release_notes_cli.jsonl", [_cli(run) for run in listed_runs(*captured["release_notes"])], sort=True
    )
    shutil.rmtree(ROOT / "langsmith" / "bulk", ignore_errors=True)
    for story, (project, bodies) in captured.items():
        _bulk(story, project, listed_runs(project, bodies))


def _write_lines(name: str, rows: list[dict[str, Any]], *, sort: bool = False) -> None:
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=sort) + "\n" for row in rows]
    write(f"langsmith/{name}", "".join(lines))


def merged(bodies: list[dict[str, Any]]) -> list[Run]:
    """One object a run: what the end record says over what the start record said."""
    runs: dict[str, Run] = {}
    for item in bodies:
        body = item["body"]
        known = runs.setdefault(body["id"], {})
        known.update(
            {key: value for key, value in body.items() if value not in (None, {}, []) or key not in known}
        )
    return list(runs.values())


def listed_runs(project: str, bodies: list[dict[str, Any]]) -> list[Run]:
    """Runs as the API lists them: with status, token totals, costs and family."""
    runs = merged(bodies)
    children: dict[str | None, list[Run]] = {}
    for run in runs:
        children.setdefault(run.get("parent_run_id"), []).append(run)
    for run in reversed(runs):
        _add_server_fields(run, project, children.get(run["id"], []))
    return runs


def _add_server_fields(run: Run, project: str, children: list[Run]) -> None:
    ancestors = [part[-36:] for part in run["dotted_order"].split(".")[:-1]]
    run.pop("session_name", None)
    run.pop("attachments", None)
    run["session_id"] = fixed_uuid("project", project)
    run["status"] = "error" if run.get("error") else "success"
    run["error"] = run.get("error")
    run["parent_run_id"] = run.get("parent_run_id")
    run["parent_run_ids"] = ancestors
    run["direct_child_run_ids"] = [child["id"] for child in children]
    run["child_run_ids"] = [each for child in children for each in (child["id"], *child["child_run_ids"])]
    run["app_path"] = f"/o/{fixed_uuid('tenant')}/projects/p/{run['session_id']}/r/{run['id']}?poll=true"
    run["feedback_stats"] = {"solved": {"n": 1, "avg": 1.0}} if not ancestors and not run["error"] else {}
    run["in_dataset"] = False
    run.update(dict.fromkeys(NO_SERVER_VALUE))
    _add_usage(run, children)


def _add_usage(run: Run, children: list[Run]) -> None:
    """Tokens and costs of a model call, or the sum over the children, as the server rolls them up."""
    usage = _usage(run) if run["run_type"] == "llm" else None
    if usage is not None:
        cached = (usage.get("input_token_details") or {}).get("cache_read", 0)
        full, reduced, out = PRICES[run["extra"]["metadata"]["ls_model_name"]]
        tokens = (usage["input_tokens"], usage["output_tokens"])
        costs = ((full * (tokens[0] - cached) + reduced * cached) / 1_000_000, out * tokens[1] / 1_000_000)
        run["prompt_token_details"] = {"cache_read": cached} if cached else {}
    else:
        sums = [sum(child[key] for child in children) for key in ("prompt_tokens", "completion_tokens")]
        tokens = (sums[0], sums[1])
        money = [
            sum((Decimal(child[key] or 0) for child in children), Decimal(0))
            for key in ("prompt_cost", "completion_cost")
        ]
        costs = (money[0], money[1])
    run["prompt_tokens"], run["completion_tokens"] = tokens
    run["total_tokens"] = sum(tokens)
    for key, value in zip(
        ("prompt_cost", "completion_cost", "total_cost"), (*costs, sum(costs)), strict=True
    ):
        run[key] = format(value.normalize(), "f") if value else None


def _usage(run: Run) -> dict[str, Any] | None:
    """Where LangChain and wrap_openai leave usage."""
    outputs = run.get("outputs") or {}
    if "generations" in outputs:
        return outputs["generations"][0][0]["message"]["kwargs"]["usage_metadata"]
    return outputs.get("usage_metadata") or run["extra"]["metadata"].get("usage_metadata")


def fixed_uuid(*parts: str) -> str:
    text = short_hash(*parts, length=32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def _moment(text: str | None) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if text else None


def _cli(run: Run) -> Run:
    """One line of `langsmith run export --full`: the flat map of langsmith-cli's internal/extract/extract.go."""
    start, end = _moment(run["start_time"]), _moment(run.get("end_time"))
    tokens = {key: run[key] for key in ("prompt_tokens", "completion_tokens", "total_tokens") if run[key]}
    costs = {key: float(run[key]) for key in ("prompt_cost", "completion_cost", "total_cost") if run[key]}
    return {
        "run_id": run["id"],
        "trace_id": run["trace_id"],
        "name": run["name"],
        "run_type": run["run_type"],
        "parent_run_id": run["parent_run_id"],
        "start_time": run["start_time"].replace("+00:00", "Z"),
        "end_time": run["end_time"].replace("+00:00", "Z"),
        "status": run["status"],
        "duration_ms": int((end - start) / datetime.timedelta(milliseconds=1)) if start and end else None,
        "first_token_time": None,
        "custom_metadata": run["extra"].get("metadata"),
        "token_usage": tokens or None,
        "costs": costs or None,
        "tags": run.get("tags") or None,
        "inputs": run.get("inputs") or None,
        "outputs": run.get("outputs") or None,
        "error": run["error"],
        "events": run.get("events") or None,
        "feedback_stats": run["feedback_stats"] or None,
    }


TEXT_COLUMNS = (
    *("id", "tenant_id", "session_id", "is_root", "name", "run_type", "status", "error", "trace_id"),
    *("dotted_order", "parent_run_id", "reference_example_id"),
)
JSON_COLUMNS = ("inputs", "outputs", "extra", "events", "feedback_stats")


def _bulk(story: str, project: str, runs: list[Run]) -> None:
    """The hive folders and columns of a bulk export. Column types follow the documentation, not a real file."""
    rows = [_bulk_row(run) for run in runs]
    utc = pa.timestamp("us", tz="UTC")
    fields = [pa.field(name, pa.bool_() if name == "is_root" else pa.string()) for name in TEXT_COLUMNS]
    fields += [pa.field(name, utc) for name in ("start_time", "end_time", "first_token_time")]
    fields += [pa.field(name, pa.int64()) for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    fields += [
        pa.field(name, pa.decimal128(18, 9)) for name in ("prompt_cost", "completion_cost", "total_cost")
    ]
    fields += [pa.field("tags", pa.list_(pa.string())), pa.field("parent_run_ids", pa.list_(pa.string()))]
    fields += [pa.field(name, pa.string()) for name in JSON_COLUMNS]
    day = rows[0]["start_time"]
    folder = "/".join(
        (
            f"export_id={fixed_uuid('export')}",
            f"tenant_id={fixed_uuid('tenant')}",
            f"session_id={fixed_uuid('project', project)}",
            f"runs/year={day:%Y}/month={day:%m}/day={day:%d}",
        )
    )
    target = ROOT / "langsmith" / "bulk" / folder / f"{fixed_uuid('part', story)}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(fields)), target, compression="zstd")
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")


def _bulk_row(run: Run) -> dict[str, Any]:
    row = {name: run.get(name) for name in TEXT_COLUMNS}
    row["tenant_id"], row["is_root"] = fixed_uuid("tenant"), run["parent_run_id"] is None
    row["error"] = without_paths(run["error"]) if run["error"] else None
    row["start_time"], row["end_time"] = _moment(run["start_time"]), _moment(run.get("end_time"))
    row.update({key: run[key] for key in ("prompt_tokens", "completion_tokens", "total_tokens")})
    row.update(
        {
            key: Decimal(run[key]) if run[key] else None
            for key in ("prompt_cost", "completion_cost", "total_cost")
        }
    )
    row["tags"], row["parent_run_ids"] = run.get("tags") or [], run["parent_run_ids"]
    row.update({key: without_paths(json.dumps(run[key])) if run.get(key) else None for key in JSON_COLUMNS})
    return row
