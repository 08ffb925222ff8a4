"""OpenTelemetry spans as four backends hand them out again: Jaeger, Zipkin, ClickHouse, Application Insights.

No backend runs here: the spans of the `otlp/` samples are put into the shape that each backend's export has.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fixed_world import ROOT, write

KINDS = ("", "internal", "server", "client", "producer", "consumer")
CODES = ("Unset", "Ok", "Error")
Span = dict[str, Any]


def plain(value: dict[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    if kind == "arrayValue":
        return [plain(item) for item in inner.get("values", [])]
    return int(inner) if kind == "intValue" else inner


def attributes(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["key"]: plain(item["value"]) for item in items}


def spans(sample: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], Span]]:
    """Resource attributes, scope and span of every span of one OTLP sample."""
    for line in (ROOT / "otlp" / f"{sample}.jsonl").read_text(encoding="utf-8").splitlines():
        for batch in json.loads(line)["resourceSpans"]:
            for scoped in batch["scopeSpans"]:
                for span in scoped["spans"]:
                    yield attributes(batch["resource"]["attributes"]), scoped["scope"], span


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- Jaeger -----------------------------------------------------------------------------------------------------


def tag(key: str, value: Any) -> dict[str, Any]:
    kinds = {bool: "bool", int: "int64", float: "float64"}
    if type(value) in kinds:
        return {"key": key, "type": kinds[type(value)], "value": value}
    return {"key": key, "type": "string", "value": text(value)}


def status_tags(span: Span) -> dict[str, Any]:
    status = span.get("status", {})
    if not status.get("code"):
        return {}
    found: dict[str, Any] = {"otel.status_code": CODES[status["code"]].upper()}
    if status["code"] == 2:
        found |= {"error": True, "otel.status_description": status.get("message", "")}
    return found


def jaeger_span(scope: dict[str, Any], span: Span, process: str) -> dict[str, Any]:
    parent = span.get("parentSpanId")
    reference = {"refType": "CHILD_OF", "traceID": span["traceId"], "spanID": parent}
    tags = {
        "otel.scope.name": scope["name"],
        **attributes(span.get("attributes", [])),
        "span.kind": KINDS[span["kind"]],
        **status_tags(span),
    }
    logs = [
        {
            "timestamp": int(event["timeUnixNano"]) // 1000,
            "fields": [tag("event", event["name"])]
            + [tag(key, value) for key, value in attributes(event.get("attributes", [])).items()],
        }
        for event in span.get("events", [])
    ]
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    return {
        "traceID": span["traceId"],
        "spanID": span["spanId"],
        "operationName": span["name"],
        "references": [reference] if parent else [],
        "startTime": start // 1000,
        "duration": (end - start) // 1000,
        "tags": [tag(key, value) for key, value in tags.items()],
        "logs": logs,
        "processID": process,
        "warnings": None,
    }


def jaeger(sample: str) -> dict[str, Any]:
    traces: dict[str, dict[str, Any]] = {}
    for resource, scope, span in spans(sample):
        trace = traces.setdefault(span["traceId"], {"traceID": span["traceId"], "spans": [], "processes": {}})
        others = [tag(key, value) for key, value in resource.items() if key != "service.name"]
        trace["processes"]["p1"] = {"serviceName": resource["service.name"], "tags": others}
        trace["spans"].append(jaeger_span(scope, span, "p1"))
    return {"data": list(traces.values()), "total": 0, "limit": 0, "offset": 0, "errors": None}


# --- Zipkin -----------------------------------------------------------------------------------------------------


def zipkin_span(resource: dict[str, Any], scope: dict[str, Any], span: Span) -> dict[str, Any]:
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    status = status_tags(span)
    if "error" in status:
        status["error"] = status.pop("otel.status_description") or "true"
    tags = {**attributes(span.get("attributes", [])), **status, "otel.scope.name": scope["name"]}
    found = {
        "traceId": span["traceId"],
        "parentId": span.get("parentSpanId"),
        "id": span["spanId"],
        "kind": KINDS[span["kind"]].upper(),
        "name": span["name"],
        "timestamp": start // 1000,
        "duration": (end - start) // 1000,
        "localEndpoint": {"serviceName": resource["service.name"]},
        "annotations": [
            {"timestamp": int(event["timeUnixNano"]) // 1000, "value": event["name"]}
            for event in span.get("events", [])
        ],
        "tags": {key: text(value) for key, value in tags.items()},
    }
    if found["kind"] == "INTERNAL":
        del found["kind"]
    return {key: value for key, value in found.items() if value not in (None, "", [])}


# --- ClickHouse -------------------------------------------------------------------------------------------------


def clickhouse_row(resource: dict[str, Any], scope: dict[str, Any], span: Span) -> dict[str, Any]:
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    status, events = span.get("status", {}), span.get("events", [])
    return {
        "Timestamp": start,
        "TraceId": span["traceId"],
        "SpanId": span["spanId"],
        "ParentSpanId": span.get("parentSpanId", ""),
        "TraceState": "",
        "SpanName": span["name"],
        "SpanKind": KINDS[span["kind"]].title(),
        "ServiceName": resource["service.name"],
        "ResourceAttributes": {key: text(value) for key, value in resource.items()},
        "ScopeName": scope["name"],
        "ScopeVersion": scope.get("version", ""),
        "SpanAttributes": {k: text(v) for k, v in attributes(span.get("attributes", [])).items()},
        "Duration": end - start,
        "StatusCode": CODES[status.get("code", 0)],
        "StatusMessage": status.get("message", ""),
        "Events.Timestamp": [int(event["timeUnixNano"]) for event in events],
        "Events.Name": [event["name"] for event in events],
        "Events.Attributes": [
            {k: text(v) for k, v in attributes(event.get("attributes", [])).items()} for event in events
        ],
    }


def clickhouse(sample: str, path: str) -> None:
    words = pa.map_(pa.string(), pa.string())
    types = {
        "Timestamp": pa.timestamp("ns"),
        "Duration": pa.uint64(),
        "ResourceAttributes": words,
        "SpanAttributes": words,
        "Events.Timestamp": pa.list_(pa.timestamp("ns")),
        "Events.Name": pa.list_(pa.string()),
        "Events.Attributes": pa.list_(words),
    }
    rows = [clickhouse_row(*found) for found in spans(sample)]
    maps = ("ResourceAttributes", "SpanAttributes")
    columns = {
        name: [list(row[name].items()) if name in maps else row[name] for row in rows] for name in rows[0]
    }
    columns["Events.Attributes"] = [[list(item.items()) for item in row["Events.Attributes"]] for row in rows]
    schema = pa.schema([(name, types.get(name, pa.string())) for name in columns])
    (ROOT / path).parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns, schema=schema), ROOT / path)


# --- Application Insights ---------------------------------------------------------------------------------------


def iso(nanoseconds: int) -> str:
    moment = datetime.datetime.fromtimestamp(nanoseconds // 10**9, tz=datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9 // 100:07d}Z"


def azure_row(resource: dict[str, Any], span: Span) -> dict[str, Any]:
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    parent, failed = span.get("parentSpanId"), span.get("status", {}).get("code") == 2
    return {
        "timestamp": iso(start),
        "id": span["spanId"],
        "target": "",
        "type": "InProc" if KINDS[span["kind"]] == "internal" else "GenAI",
        "name": span["name"],
        "success": "False" if failed else "True",
        "resultCode": "0",
        "duration": (end - start) / 10**6,
        "itemType": "dependency",
        "customDimensions": json.dumps(
            {key: text(value) for key, value in attributes(span.get("attributes", [])).items()},
            ensure_ascii=False,
        ),
        "operation_Id": span["traceId"],
        "operation_ParentId": parent or span["traceId"],
        "cloud_RoleName": resource["service.name"],
        "itemCount": 1,
    }


def exception_row(resource: dict[str, Any], span: Span, event: dict[str, Any]) -> dict[str, Any]:
    said = attributes(event["attributes"])
    return {
        "timestamp": iso(int(event["timeUnixNano"])),
        "type": said.get("exception.type"),
        "itemType": "exception",
        "operation_Id": span["traceId"],
        "operation_ParentId": span["spanId"],
        "cloud_RoleName": resource["service.name"],
        "itemCount": 1,
        "outerMessage": said.get("exception.message"),
        "details": json.dumps([{"parsedStack": [], "message": said.get("exception.message")}]),
    }


def azure(sample: str) -> list[dict[str, Any]]:
    found = []
    for resource, _, span in spans(sample):
        found.append(azure_row(resource, span))
        events = [event for event in span.get("events", []) if event["name"] == "exception"]
        found.extend(exception_row(resource, span, event) for event in events)
    return found


def as_csv(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    table = csv.DictWriter(out, names, restval="")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def as_table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of the query API: columns, and rows as lists."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [{"name": name, "type": "string"} for name in names]
    return {
        "tables": [
            {
                "name": "PrimaryResult",
                "columns": columns,
                "rows": [[row.get(n) for n in names] for row in rows],
            }
        ]
    }


def main() -> None:
    write("jaeger/travel_agent_timeout.json", json.dumps(jaeger("travel_agent_timeout"), indent=1))
    traced = [zipkin_span(*found) for found in spans("traceloop_prompt_attributes")]
    write("zipkin/support_reply_503.json", json.dumps(traced, indent=1))
    clickhouse("research_same_search_loop", "clickhouse/research_loop.parquet")
    rows = azure("travel_agent_timeout")
    write("azure_monitor/travel_agent_timeout.csv", as_csv(rows))
    write("azure_monitor/travel_agent_timeout.json", json.dumps(as_table(rows), ensure_ascii=False))


if __name__ == "__main__":
    main()
