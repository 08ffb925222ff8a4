"""Which keys of a JSON value say when or under which id something happened rather than what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the first frame waits for this module, and should not wait for all records of the model
    from tracetui.model import JsonValue

VOLATILE_KEYS = frozenset(
    (
        "trace_id", "span_id", "parent_span_id", "parent_run_id", "run_id", "request_id", "response_id", "message_id",
        "idempotency_key", "idempotency_token", "client_token", "client_request_id", "dedup_key", "dedupe_key",
        "deduplication_id", "request_token", "tool_call_id", "call_id", "tool_use_id", "event_id", "invocation_id", "checkpoint_id", "correlation_id",
        "conversation_id", "session_id", "thread_id", "uuid", "nonce", "etag", "system_fingerprint", "timestamp",
        "timestamps", "ts", "created", "created_at", "updated_at", "modified_at", "started_at", "ended_at",
        "finished_at", "completed_at", "start_time", "end_time", "time_unix_nano", "last_update_time", "elapsed",
        "elapsed_ms", "duration", "duration_ms", "latency", "latency_ms", "took", "took_ms", "total_duration",
        "load_duration", "eval_duration",
    )
)  # fmt: skip
"""Keys that are left out by default, in lower case with underscores."""

_GENERATED_ID = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|(?:call|chatcmpl|msg|toolu|run|resp|req|fc|rs|cmpl|gen)[-_]\w[\w-]{7,}"
)
_DIGITS = re.compile(r"[0-9a-fA-F]{16,}")
_STAMPS = frozenset(("timestamp", "timestamps", "ts", "created_at", "updated_at", "time_unix_nano", "nonce"))
"""Keys under which a number may be the time of the call itself."""
_LEAST_EPOCH_S = 1_000_000_000
_HOLDERS = (dict, list)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=4_096)
def _plain(key: str) -> str:
    return _HUMP.sub("_", key).lower().replace("-", "_")


class Volatile(NamedTuple):
    """What to leave out of a comparison: keys, and `id` where its value looks generated.

    `own` are those of the keys that were asked for; `if_generated` are left out only where their value looks generated.
    """

    keys: frozenset[str] = VOLATILE_KEYS
    generated_ids: bool = True
    own: frozenset[str] = frozenset()
    if_generated: frozenset[str] = frozenset()

    def leaves_out(self, key: str, value: JsonValue) -> bool:
        """Whether the entry of an object does not count."""
        plain = _plain(key)
        if plain in self.keys:
            return True
        if plain in self.if_generated and _looks_generated(plain, value):
            return True
        is_text_id = self.generated_ids and plain == "id" and isinstance(value, str)
        return is_text_id and _GENERATED_ID.fullmatch(str(value)) is not None

    def asks_for_value(self, key: str) -> bool:
        """Whether the value of the entry decides."""
        plain = _plain(key)
        return plain in self.if_generated or (self.generated_ids and plain == "id")

    def of_arguments(self) -> Volatile:
        """The rule for what a call that may change something was given: there, ids and times count unless their
        values look generated."""
        if not self.generated_ids:
            return self
        return self._replace(keys=self.own, if_generated=self.keys - self.own)


def _looks_generated(plain: str, value: JsonValue) -> bool:
    """Whether a value is an id or hash of a machine or, under the name of a stamp, a time as a number."""
    if isinstance(value, str):
        return (_GENERATED_ID.fullmatch(value) or _DIGITS.fullmatch(value)) is not None
    return plain in _STAMPS and isinstance(value, int | float) and value >= _LEAST_EPOCH_S


BY_DEFAULT = Volatile()
NOTHING = Volatile(frozenset(), generated_ids=False)


def volatile(also: Iterable[str] = (), *, by_default: bool = True) -> Volatile:
    """What is left out: further keys, with or without those left out by default."""
    base = BY_DEFAULT if by_default else NOTHING
    own = frozenset(_plain(key) for key in also)
    return Volatile(base.keys | own, base.generated_ids, own)


class Leaving:
    """Leaves out of values what does not count by a rule; what the rule says of a key is remembered."""

    def __init__(self, rule: Volatile) -> None:
        self._rule = rule
        self._counting: set[str] = set()
        self.left_out: set[str] = set()
        """Keys that were left out so far."""

    def cleaned(self, value: JsonValue) -> JsonValue:
        """The value itself, changed in place to lack what does not count, whatever its depth."""
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                self._clean(item)
                stack += [below for below in item.values() if isinstance(below, _HOLDERS)]
            elif isinstance(item, list):
                stack += [below for below in item if isinstance(below, _HOLDERS)]
        return value

    def _clean(self, item: dict[str, JsonValue]) -> None:
        counting = self._counting
        for key in [key for key in item if key not in counting]:
            if self._rule.leaves_out(key, item[key]):
                del item[key]
                self.left_out.add(key)
            elif not self._rule.asks_for_value(key):
                counting.add(key)
