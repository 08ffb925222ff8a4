"""What the import worker and its parent say to each other: length-prefixed JSON objects, never pickle."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from tracetui.errors import WorkerError

_HEADER = struct.Struct(">I")
_MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Job:
    """What the import worker is to load. Paths are as the user gave them; `output` and its folder are ours.

    `format_name` overrides recognition. `stage` says how far to go: `index` (lists of runs), `tree` (trees and steps
    too), `full` (payloads too, unless they are beyond the size that is loaded unasked) or `all`. `run` with `index`
    names one run of an index database, whose spans alone are loaded whole. `careful` lists sources in which
    each record is announced before it is read; `abandon` maps a source to the number of records after which
    its rest is left out, because the worker died there. `trusted` lets DuckDB's reader list the runs of Parquet files.
    `mapping` is a mapping of columns as TOML, for sources that have them. `may_be_empty`: publish also where nothing
    could be loaded. `kept` is a database that was kept, whose sources come first: files of `paths` that it was made from
    are not read again. `is_to_keep` says that what is published will be such a database. `passed_over` are real paths
    of files that are not read.
    """

    paths: tuple[str, ...]
    output: str
    format_name: str | None = None
    stage: str = "full"
    index: str | None = None
    run: str | None = None
    careful: tuple[str, ...] = ()
    abandon: dict[str, int] | None = None
    trusted: bool = False
    mapping: str | None = None
    may_be_empty: bool = False
    kept: str | None = None
    is_to_keep: bool = False
    passed_over: tuple[str, ...] = ()


def encode_job(job: Job) -> bytes:
    """The job as JSON."""
    return _encoded(asdict(job))


def decode_job(data: bytes) -> Job:
    """The job that `encode_job` wrote."""
    fields = json.loads(data)
    lists: dict[str, Any] = {name: tuple(fields.pop(name)) for name in ("paths", "careful", "passed_over")}
    return Job(**lists, **fields)


def write_frame(stream: BinaryIO, frame: dict[str, Any]) -> None:
    """Write one message and flush it."""
    body = _encoded(frame)
    stream.write(_HEADER.pack(len(body)) + body)
    stream.flush()


def _encoded(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode("ascii")  # unlike orjson, it carries file names that are not UTF-8


def read_frames(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Messages up to the end of the stream; raises WorkerError for what is no message."""
    while header := stream.read(_HEADER.size):
        if len(header) < _HEADER.size:
            return  # the worker died while writing
        (length,) = _HEADER.unpack(header)
        if length > _MAX_BYTES:
            raise WorkerError("the import worker sent an oversized message")
        body = stream.read(length)
        if len(body) < length:
            return
        yield _decoded(body)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        frame = json.loads(body)
    except ValueError:
        frame = None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise WorkerError("the import worker sent what is no message")
    return frame
