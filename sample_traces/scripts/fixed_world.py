"""A fixed clock, fixed ids and path-free text, so that every run of the scripts writes the same files.

The SDKs measure time themselves; only the clock they read is ours. It starts at a given moment, moves on
a third of a millisecond each time it is read, and jumps by whole seconds when a stub model answers or a
tool "works". Nothing sleeps.
"""

from __future__ import annotations

import datetime as real_datetime
import hashlib
import json
import os
import random
import re
import sys
import sysconfig
import threading
import time as real_time
import types
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parent
ROOT = SCRIPTS.parent
READ_TICK_NS = 331_000
_datetime = real_datetime.datetime
_REAL_TIME_NS, _REAL_TIME = real_time.time_ns, real_time.time


class Clock:
    """A clock that moves when it is read and when it is told to."""

    def __init__(self) -> None:
        self._now = 0
        self._lock = threading.Lock()

    def set(self, start: str) -> None:
        """Begin a story at an ISO time, UTC."""
        moment = _datetime.fromisoformat(start).replace(tzinfo=real_datetime.UTC)
        with self._lock:
            self._now = int(moment.timestamp()) * 1_000_000_000

    def time_ns(self) -> int:
        with self._lock:
            self._now += READ_TICK_NS
            return self._now

    def time(self) -> float:
        return self.time_ns() / 1e9

    def now(self, tz: real_datetime.tzinfo | None = None) -> real_datetime.datetime:
        micros = self.time_ns() // 1000
        moment = _datetime(1970, 1, 1, tzinfo=real_datetime.UTC) + real_datetime.timedelta(
            microseconds=micros
        )
        return moment.astimezone(tz) if tz else moment.replace(tzinfo=None)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += int(seconds * 1e9)

    def install(self, *packages: str) -> None:
        """Make the already imported modules of `packages` read this clock."""
        for name, module in list(sys.modules.items()):
            if module is not None and any(name == p or name.startswith(p + ".") for p in packages):
                self._install_in(module)

    def _install_in(self, module: types.ModuleType) -> None:
        fake_datetime = _datetime_class(self)
        proxies = {
            id(_REAL_TIME_NS): self.time_ns,
            id(_REAL_TIME): self.time,
            id(_datetime): fake_datetime,
            id(real_datetime): _proxy(real_datetime, datetime=fake_datetime),
            id(real_time): _proxy(real_time, time=self.time, time_ns=self.time_ns),
        }
        for attribute, value in list(vars(module).items()):
            if id(value) in proxies:
                setattr(module, attribute, proxies[id(value)])


def _proxy(module: types.ModuleType, **changes: object) -> types.SimpleNamespace:
    return types.SimpleNamespace(**{**vars(module), **changes})


def _datetime_class(clock: Clock) -> type:
    class Meta(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, _datetime)

        def __call__(cls, *args: Any, **kwargs: Any) -> real_datetime.datetime:
            return _datetime(*args, **kwargs)

    class FixedDatetime(_datetime, metaclass=Meta):
        @classmethod
        def now(cls, tz: real_datetime.tzinfo | None = None) -> real_datetime.datetime:
            return clock.now(tz)

        @classmethod
        def utcnow(cls) -> real_datetime.datetime:
            return clock.now()

    return FixedDatetime


CLOCK = Clock()


class Ids:
    """Seeded uuid4/uuid7 and OpenTelemetry ids."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 (ids of samples, not secrets)
        self._count = 0

    def uuid4(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128), version=4)

    def uuid7(self, nanoseconds: int | None = None) -> uuid.UUID:
        """A time-ordered uuid: 48 bits of milliseconds, a counter, random bits."""
        self._count += 1
        nanos = nanoseconds if nanoseconds is not None else CLOCK.time_ns()
        value = ((nanos // 1_000_000) & (2**48 - 1)) << 80
        value |= 0x7000 << 64 | (self._count & 0xFFF) << 64
        value |= 0x8 << 60 | self._random.getrandbits(60)
        return uuid.UUID(int=value)

    def generate_span_id(self) -> int:
        return self._random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        return self._random.getrandbits(128) or 1

    def is_trace_id_random(self) -> bool:
        return False

    def install(self, *packages: str) -> None:
        """Replace uuid4 everywhere and any `uuid7` name in `packages`."""
        uuid.uuid4 = self.uuid4
        for name, module in list(sys.modules.items()):
            if module is not None and any(name == p or name.startswith(p + ".") for p in packages):
                for attribute in ("uuid4", "uuid7", "_uuid7", "_uuid_utils_uuid7"):
                    if callable(vars(module).get(attribute)):
                        setattr(module, attribute, getattr(self, "uuid4" if "4" in attribute else "uuid7"))


def short_hash(*parts: object, length: int = 24) -> str:
    """A fixed id-like string for the given parts."""
    return hashlib.sha256(json.dumps([str(p) for p in parts]).encode()).hexdigest()[:length]


def without_paths(text: str) -> str:
    """Take this machine's folders out of stack traces: scripts become `app/`, libraries `site-packages/`."""
    paths = sysconfig.get_paths()
    swaps: Iterable[tuple[str, str]] = (
        (str(SCRIPTS), "app"),
        (paths["purelib"], "site-packages"),
        (paths["stdlib"], "python3.11"),
        (os.path.realpath(paths["stdlib"]), "python3.11"),
    )
    for path, name in swaps:
        text = text.replace(path, name)
    return re.sub(r"[^\s\"']*/(site-packages|python3\.11)/", r"\1/", text)


def write(path: str, text: str) -> None:
    """Write one sample file, below `sample_traces/`."""
    target = ROOT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(without_paths(text), encoding="utf-8")
    print(f"{path}: {target.stat().st_size:,} bytes")


def without_network_settings() -> None:
    """Forget keys and switches of the surrounding shell; the SDKs must not see any."""
    for name in list(os.environ):
        if name.startswith(
            ("OPENAI_", "OTEL_", "LANGSMITH_", "LANGCHAIN_", "PHOENIX_")
        ) or name.lower().endswith("_proxy"):
            del os.environ[name]
