"""τ²-bench: results files with many simulations, single simulations, and voice simulations in ticks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.chat_log import ChatLog
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.tau2_bench_messages import tell_messages, tell_ticks
from tracetui.formats.tau2_bench_scores import judge
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, JsonValue, Merged, Origin, Record, Severity, Skipped

_LOG_KEYS = frozenset(("messages", "ticks", "policy", "effect_timeline"))


def sniff(head: Head) -> Match | None:
    """Recognise a results file by `simulations` and `tasks`, a simulation by how it was terminated."""
    for value in head.values[:1]:
        if isinstance(value, dict) and _is_results(value):
            return Match(92, "info, tasks and simulations")
        if _is_simulation(value[0] if isinstance(value, list) and value else value):
            return Match(92, "a simulation: task_id, termination_reason and messages or ticks")
    return None


def _is_results(value: dict[str, Any]) -> bool:
    found = value.get("simulations")
    return isinstance(found, list) and "info" in value and "tasks" in value


def _is_simulation(value: JsonValue) -> bool:
    return isinstance(value, dict) and {"id", "task_id", "termination_reason"} <= value.keys() and (
        "messages" in value or "ticks" in value
    )  # fmt: skip


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A run for each simulation. Tasks add to the first simulation of theirs."""
    for record in records:
        value = record.value
        if isinstance(value, dict) and _is_results(value):
            yield from _results(value, record.origin)
        elif isinstance(value, dict) and _is_simulation(value):
            yield from _simulation(value, record.origin, {}, None)
        else:
            yield Skipped(record.origin, "unknown_shape", "no simulation of τ²-bench", Severity.WARNING)


def _results(value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    info = value["info"] if isinstance(value.get("info"), dict) else {}
    tasks = (
        [task for task in value["tasks"] if isinstance(task, dict)]
        if isinstance(value["tasks"], list)
        else []
    )
    by_id = {as_text(task.get("id")): task for task in tasks}
    first: dict[str | None, str] = {}
    for simulation in value["simulations"]:
        place = element_origin(origin, simulation)
        if not isinstance(simulation, dict) or not _is_simulation(simulation):
            yield Skipped(place, "unknown_shape", "no simulation of τ²-bench", Severity.WARNING)
            continue
        about = as_text(simulation.get("task_id"))
        first.setdefault(about, _trace(simulation))
        yield from _simulation(simulation, place, info, by_id.get(about))
    for task in tasks:
        place, trace = element_origin(origin, task), first.get(as_text(task.get("id")))
        if trace is None:
            yield Skipped(place, "task_without_simulation", "a task that no simulation of this file is about")
        else:
            yield Merged(place, trace, "run")
    if not value["simulations"] and not tasks:
        yield Skipped(origin, "empty_batch", "the file holds no simulations")


def _trace(simulation: dict[str, Any]) -> str:
    return as_text(simulation.get("id")) or "simulation"


def _simulation(
    value: dict[str, Any], origin: Origin, info: dict[str, Any], task: dict[str, Any] | None
) -> Iterator[Entry]:
    domain = first_text(_inner(info, "environment_info"), ("domain_name",))
    trial = as_text(value.get("trial"))
    name = " ".join(
        filter(
            None,
            (
                domain,
                f"task {as_text(value.get('task_id'))}",
                f"trial {trial}" if trial is not None else None,
            ),
        )
    )
    chat = ChatLog(Transcript(_trace(value), origin, name))
    root = chat.log.root
    root.is_derived, root.kind_original = False, "simulation"
    root.start_ns, root.end_ns = to_ns(value.get("start_time")), to_ns(value.get("end_time"))
    agent, user = _inner(info, "agent_info"), _inner(info, "user_info")
    root.agent = first_text(agent, ("implementation",))
    root.attributes = {
        key: found for key, found in value.items() if key not in _LOG_KEYS and found is not None
    }
    root.metadata = {**({"task": task} if task else {}), **_without_policy(info)} or None
    root.input = as_text(_inner(task or {}, "user_scenario").get("instructions")) or None
    model, simulator = first_text(agent, ("llm",)), first_text(user, ("llm",))
    policy = first_text(value, ("policy",)) or first_text(_inner(info, "environment_info"), ("policy",))
    if isinstance(value.get("messages"), list) and (value["messages"] or not value.get("ticks")):
        tell_messages(chat, value["messages"], origin, (model, simulator), policy)
    else:
        tell_ticks(chat, value.get("ticks"), origin, model)
    judge(root, value)
    yield from chat.entries()


def _inner(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _without_policy(info: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {k: v for k, v in found.items() if k != "policy"} if isinstance(found, dict) else found
        for key, found in info.items()
        if found is not None
    }


FORMAT = Format(
    name="tau2_bench",
    title="τ²-bench results",
    recognised_by="`info`, `tasks` and `simulations`, or a simulation with its `termination_reason`",
    produced_by="τ²-bench: `tau2 run …` (data/simulations/*.json and …/results.json)",
    sniff=sniff,
    read=read,
)
