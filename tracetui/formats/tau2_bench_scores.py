"""How a simulation of τ²-bench ended: its reward, the checks behind it, and why it was terminated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracetui.formats.conventions_values import number_value
from tracetui.formats.message_parts import as_text, first_text
from tracetui.model import JsonValue, Score, Span, Status

_ENDED_WELL = frozenset(("user_stop", "agent_stop"))
_CHECKS = (
    ("action_checks", "action", "action_match"),
    ("communicate_checks", "info", "met"),
    ("nl_assertions", "nl_assertion", "met"),
    ("env_assertions", "env_assertion", "met"),
)


def judge(root: Span, value: dict[str, Any]) -> None:
    """Fill scores, status and error of a simulation's run."""
    found = value.get("reward_info")
    info: dict[str, Any] = found if isinstance(found, dict) else {}
    reward, reason = number_value(info.get("reward")), first_text(value, ("termination_reason",))
    root.scores = tuple(_scores(root, info, reward))
    root.status = Status.UNSET if reward is None else Status.OK
    if reason is not None and reason not in _ENDED_WELL:
        root.status, root.error_type, root.error_message = Status.ERROR, reason, f"terminated: {reason}"
    elif reward is not None and reward < 1:
        failed = [score.name for score in root.scores if score.passed is False and score.name != "reward"]
        root.status, root.error_type = Status.ERROR, "task failed"
        root.error_message = f"reward {reward:g}" + (f": {', '.join(failed)}" if failed else "")


def _scores(root: Span, info: dict[str, Any], reward: float | None) -> Iterator[Score]:
    def score(name: str, value: float | None, passed: bool | None, comment: str | None = None) -> Score:
        return Score(
            root.trace_id,
            root.span_id,
            name,
            value,
            passed=passed,
            kind="code",
            author="tau2-bench",
            comment=comment,
        )

    if reward is not None:
        yield score("reward", reward, reward >= 1)
    database = info.get("db_check")
    if isinstance(database, dict) and isinstance(database.get("db_match"), bool):
        yield score("database", number_value(database.get("db_reward")), database["db_match"])
    for key, what, verdict in _CHECKS:
        for check in _dicts(info.get(key)):
            passed = check.get(verdict)
            said = check.get(what)
            name = first_text(said, ("name", "func_name")) if isinstance(said, dict) else as_text(said)
            yield score(
                f"{key.rstrip('s').replace('_check', '')} {name or ''}".strip()[:80],
                number_value(check.get("action_reward", check.get("reward"))),
                passed if isinstance(passed, bool) else None,
                first_text(check, ("justification",)) or (as_text(said) if isinstance(said, dict) else None),
            )


def _dicts(value: JsonValue) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
