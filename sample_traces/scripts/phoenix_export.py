"""Phoenix: start a real server on 127.0.0.1, send it the OpenInference samples, download the spans.

Spans as JSON lines come from `Client().spans.get_spans()` (the REST shape), the Parquet files from
`Client().spans.get_spans_dataframe().to_parquet()`.
"""

from __future__ import annotations

import base64
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from fixed_world import ROOT, without_network_settings, write

without_network_settings()

import httpx  # noqa: E402
from google.protobuf import json_format  # noqa: E402
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402
from phoenix.client import Client  # noqa: E402

ADDRESS = "http://127.0.0.1:16006"
PROJECTS = {"research": "openinference_langgraph_research", "coffee-shop": "openinference_approval_and_photo"}
NAMES = {"research": "langgraph_research", "coffee-shop": "approval_and_photo"}


def serve(folder: str) -> subprocess.Popen[bytes]:
    settings = {
        "PHOENIX_WORKING_DIR": folder,
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": "16006",
        "PHOENIX_GRPC_PORT": "14317",
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    command = [sys.executable, "-m", "phoenix.server.main", "serve"]
    quiet = subprocess.DEVNULL
    environment = {**os.environ, **settings}
    return subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet, cwd=folder)  # noqa: S603


def wait_until_up(seconds: int = 90) -> None:
    for _ in range(seconds):
        try:
            if httpx.get(f"{ADDRESS}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    raise TimeoutError("Phoenix did not start")


def _base64_ids(node: Any) -> Any:
    """OTLP/JSON has ids in hex; protobuf's own JSON wants base64."""
    if isinstance(node, list):
        return [_base64_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    ids = {"traceId", "spanId", "parentSpanId"}
    return {
        key: base64.b64encode(bytes.fromhex(v)).decode() if key in ids else _base64_ids(v)
        for key, v in node.items()
    }


def send(sample: str) -> int:
    """Send one OTLP/JSON lines file as protobuf; the number of spans."""
    count = 0
    for line in (ROOT / "otlp" / f"{sample}.jsonl").read_text(encoding="utf-8").splitlines():
        request = json_format.ParseDict(_base64_ids(json.loads(line)), ExportTraceServiceRequest())
        count += sum(len(scope.spans) for group in request.resource_spans for scope in group.scope_spans)
        headers = {"content-type": "application/x-protobuf"}
        httpx.post(
            f"{ADDRESS}/v1/traces", content=request.SerializeToString(), headers=headers
        ).raise_for_status()
    return count


def download(project: str, expected: int) -> None:
    client = Client(base_url=ADDRESS)
    for _ in range(60):
        spans = (
            client.spans.get_spans(project_identifier=project, limit=500)
            if project in _projects(client)
            else []
        )
        if len(spans) == expected:
            break
        time.sleep(0.5)
    assert len(spans) == expected, f"{project}: {len(spans)} of {expected} spans"
    spans.sort(key=lambda span: (span["start_time"], span["context"]["span_id"]), reverse=True)
    write(
        f"phoenix/{NAMES[project]}.jsonl",
        "".join(json.dumps(span, ensure_ascii=False) + "\n" for span in spans),
    )
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    frame = client.spans.get_spans_dataframe(project_identifier=project, start_time=start, limit=500)
    target = ROOT / "phoenix" / f"{NAMES[project]}.parquet"
    frame.sort_values("start_time", kind="stable").to_parquet(target)
    print(
        f"phoenix/{target.name}: {target.stat().st_size:,} bytes, {len(frame)} rows, {len(frame.columns)} columns"
    )


def _projects(client: Client) -> set[str]:
    return {project["name"] for project in client.projects.list()}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = serve(folder)
        try:
            wait_until_up()
            for project, sample in PROJECTS.items():
                download(project, send(sample))
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main()
