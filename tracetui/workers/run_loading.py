"""One run of an indexed source, read whole from the places that the index holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO

from tracetui import formats
from tracetui.errors import InputError, NotLoadedError
from tracetui.formats.charges import with_charges
from tracetui.formats.service_tier import with_service_tiers
from tracetui.model import ImportIssue, Origin, Record, Severity, Unread
from tracetui.reading import lenient
from tracetui.reading.faults import KEPT_BYTES
from tracetui.reading.inputs import open_inputs
from tracetui.reading.lenient import NotJson
from tracetui.reading.source import ParquetSource
from tracetui.store.build import Build
from tracetui.store.loader import SourceFacts
from tracetui.store.places import IndexedSource, SpanPlace, run_places
from tracetui.workers.protocol import Job


def load_run(job: Job) -> Path:
    """Publish a database that holds one run of the index database, with its payloads; its path."""
    assert job.index is not None
    assert job.run is not None
    known = {form.name: form for form in formats.known_formats()}
    build = Build(Path(job.output))
    try:
        for source, places in run_places(Path(job.index), job.run):
            _refuse_changed(source)
            form = known[source.format]
            facts = build.new_source(source.name, Path(source.path), source.container, source.size_bytes)
            facts.format, facts.why_detected = source.format, source.why_detected
            records = _records(Path(source.path), places, partial(_report, build, facts))
            for entry in with_charges(with_service_tiers(form.read(records, source.name))):
                build.add(entry, facts, global_ids=form.global_ids)
            build.end_source(facts)
        build.finish(lambda: None)
        return build.publish()
    finally:
        build.close()


def _refuse_changed(source: IndexedSource) -> None:
    """Raise where the places do not lead to the records any more, or never did."""
    if source.grade != "index":
        raise NotLoadedError(
            f"this run also stands in {source.name}, which is not read by place",
            "Load everything with --full.",
        )
    try:
        modified_ns = Path(source.path).stat().st_mtime_ns
    except OSError as error:
        raise InputError(f"{source.name} cannot be read any more: {error.strerror}") from None
    if modified_ns != source.modified_ns:
        raise InputError(f"{source.name} has changed since it was loaded", "Open it again.")


def record_at(
    stream: BinaryIO,
    line: int | None,
    byte_offset: int,
    byte_length: int,
    issue: Callable[[ImportIssue], None],
) -> Record | None:
    """The record at a place of a plain file; what cannot be read becomes an import issue."""
    stream.seek(byte_offset)
    raw = stream.read(byte_length).rstrip(b", \t\r\n")
    try:
        value, repairs = lenient.loads(raw)
    except NotJson as error:
        message = f"{error.reason} at byte {error.position:,}"
        issue(Unread(
            "bad_json", message, Severity.DATA_LOSS, line, byte_offset, skipped=1, raw=raw[:KEPT_BYTES],
            byte_length=len(raw)))  # fmt: skip
        return None
    for repair in repairs:
        issue(ImportIssue(repair, "repaired while reading", Severity.INFO, line, byte_offset))
    return Record(value, Origin(line, byte_offset, len(raw), raw))


def _report(build: Build, facts: SourceFacts, issue: ImportIssue) -> None:
    build.issue(issue, facts)


def _records(path: Path, places: list[SpanPlace], issue: Callable[[ImportIssue], None]) -> Iterator[Record]:
    opened = next(open_inputs([str(path)]))
    if isinstance(opened, ParquetSource):
        yield from opened.rows({place.line for place in places if place.line}, issue)
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise InputError(f"{path} cannot be read any more: {error.strerror}") from None
        for place in places:
            record = record_at(stream, place.line, place.byte_offset, place.byte_length, issue)
            if record is not None:
                yield _with_header(record, place, stream)


def _with_header(record: Record, place: SpanPlace, stream: BinaryIO) -> Record:
    """The span put back under the resource and scope that its batch has."""
    if place.resource is None:
        return record
    resource, scope = (_value(stream, *where) for where in (place.resource, place.scope or (0, 0)))
    batch = {"resource": resource, "scopeSpans": [{"scope": scope, "spans": [record.value]}]}
    return Record({"resourceSpans": [batch]}, record.origin)


def _value(stream: BinaryIO, byte_offset: int, byte_length: int) -> object:
    if byte_length == 0:
        return None
    stream.seek(byte_offset)
    return lenient.loads(stream.read(byte_length))[0]
