"""A kept database and what files add to it: only new and changed ones are read, unless a trace of theirs goes on in others."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tracetui.errors import InputError
from tracetui.reading.fingerprints import Fingerprint, digested, fingerprints
from tracetui.reading.joined import whole_name
from tracetui.store.combine import Shared, combine, take
from tracetui.store.kept import KEPT, inputs, open_beside, refuse_strangers
from tracetui.workers.protocol import Job

Frame = dict[str, Any]
Post = Callable[[Frame], None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The files that a kept database was made from, and what has become of those that are named now; `moved` are
    the former paths of those that have another now."""

    kept: list[Fingerprint]
    unchanged: list[Fingerprint]
    changed: list[Fingerprint]
    new: list[Fingerprint]
    moved: set[str]

    @property
    def names_to_replace(self) -> list[str]:
        """Names under which changed files are known."""
        paths = {each.path for each in self.changed}
        names = [each.name for each in self.kept if each.path in paths]
        return [*names, *{whole for name in names if (whole := whole_name(name)) is not None}]


def opened_files(job: Job) -> list[Fingerprint]:
    """The files that the job reads; with their digests where the database is one to keep."""
    passed_over = set(job.passed_over)
    found = [each for each in fingerprints(job.paths) if each.path not in passed_over]
    return [digested(each) for each in found] if job.is_to_keep else found


def add_to_kept(job: Job, post: Post, load: Callable[[Job, Post], None]) -> Frame:
    """The frame that publishes a database of what is kept and of what `load` makes of the job's other files.

    Raises InputError where the kept database is not one that tracetui made.
    """
    assert job.kept is not None
    kept, output = Path(job.kept), Path(job.output)
    if not job.paths:
        take(kept, output)
        return _published(output)
    plan = _planned(job, kept, output)
    counts = {"unchanged": len(plan.unchanged), "changed": len(plan.changed), "new": len(plan.new)}
    passed_over = tuple(each.path for each in plan.unchanged)
    extra = _loaded(replace(job, passed_over=passed_over), post, load, output.with_stem(f"{output.stem}-new"))
    if extra is None:
        take(kept, output)
        return _published(output, counts)
    shared = combine(kept, extra, output, plan.names_to_replace)
    extra.unlink()
    if shared is None:
        return _published(output, counts)
    anew = _loaded(replace(job, paths=_all_paths(job, plan, shared)), post, load, output)
    assert anew is not None
    return _published(output, {**counts, "shared": shared.trace_id})


def _published(path: Path, added: Frame | None = None) -> Frame:
    return {"type": "published", "path": str(path), "added": added}


def _planned(job: Job, kept: Path, output: Path) -> _Plan:
    connection = open_beside(output, {KEPT: kept})
    try:
        if job.is_to_keep:
            refuse_strangers(connection, kept)
        known = inputs(connection)
    finally:
        connection.close()
    by_path = {each.path: each for each in known}
    plan = _Plan(known, [], [], [], set())
    for found in fingerprints(job.paths):
        former = by_path.get(found.path)
        if former is not None:
            (plan.unchanged if found.is_of(former) else plan.changed).append(found)
        elif (before := _moved_from(found, known)) is not None:
            plan.unchanged.append(found)
            plan.moved.add(before.path)
        else:
            plan.new.append(found)
    return _with_whole_conversations(plan)


def _moved_from(found: Fingerprint, known: list[Fingerprint]) -> Fingerprint | None:
    """The file of the same bytes that is known under a path where there is none now; times say nothing of that."""
    gone = [
        each
        for each in known
        if each.size_bytes == found.size_bytes and each.digest is not None and not os.path.isfile(each.path)
    ]
    digest = digested(found).digest if gone else None
    return next((each for each in gone if each.digest == digest), None)


def _with_whole_conversations(plan: _Plan) -> _Plan:
    """All pieces of a conversation count as changed where one of them is new or changed."""
    touched = {whole_name(each.path) for each in (*plan.new, *plan.changed)} - {None}
    again = [each for each in plan.unchanged if whole_name(each.path) in touched]
    unchanged = [each for each in plan.unchanged if each not in again]
    return replace(plan, unchanged=unchanged, changed=[*plan.changed, *again])


def _loaded(job: Job, post: Post, load: Callable[[Job, Post], None], output: Path) -> Path | None:
    """What `load` makes of the files of a job, whole; None where none is left to read."""
    if not opened_files(replace(job, is_to_keep=False)) and "-" not in job.paths:
        return None
    published: list[str] = []

    def forward(frame: Frame) -> None:
        if frame["type"] == "published":
            published.append(frame["path"])
        else:
            post(frame)

    load(replace(job, kept=None, output=str(output), stage="all", may_be_empty=True), forward)
    return Path(published[-1])


def _all_paths(job: Job, plan: _Plan, shared: Shared) -> tuple[str, ...]:
    """All files that a database is to be made from, where its runs cannot be taken over."""
    kept = [each for each in plan.kept if each.path not in plan.moved]
    gone = [each.path for each in kept if not os.path.isfile(each.path)]
    if gone:
        raise InputError(
            f"trace {shared.trace_id} has parts in files that are there already, and {gone[0]} is gone",
            "Runs are put together from all their files: keep these in another database.",
        )
    named = {each.path for each in (*plan.unchanged, *plan.changed)}
    others = [each for each in kept if each.path not in named]
    return (
        *(each.name if os.path.realpath(each.name) == each.path else each.path for each in others),
        *job.paths,
    )
