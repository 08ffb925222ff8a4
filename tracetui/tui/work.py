"""The one place where the screens' calls of TraceDB run: in a thread, one at a time for each group, newest wins.

A thread only reads and hands over; `done` and `failed` run on the event loop and may change the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from textual.dom import DOMNode
from textual.worker import Worker, get_current_worker

from tracetui.errors import TracetuiError

T = TypeVar("T")


class _Call(Generic[T]):
    def __init__(
        self, ask: Callable[[], T], done: Callable[[T], None], failed: Callable[[TracetuiError], None]
    ) -> None:
        self.ask = ask
        self.done = done
        self.failed = failed
        self.cancelled = False


class _Group:
    def __init__(self) -> None:
        self.running: _Call[object] | None = None
        self.waiting: _Call[object] | None = None


class Work:
    """The calls of one screen or app. A new call of a group cancels the one before: its result is dropped, and
    it never runs at all if it was still waiting. So a group never holds more than one thread."""

    def __init__(self, owner: DOMNode, failed: Callable[[TracetuiError], None]) -> None:
        self._owner = owner
        self._failed = failed
        self._groups: dict[str, _Group] = {}

    def start(
        self,
        group: str,
        ask: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[TracetuiError], None] | None = None,
    ) -> None:
        """Run `ask` in a thread, then `done(result)` or `failed(error)` on the event loop, unless superseded."""
        call = _Call(ask, done, failed or self._failed)
        self.cancel(group)
        slot = self._groups.setdefault(group, _Group())
        if slot.running is None:
            self._run(group, slot, call)  # type: ignore[arg-type]  # T is erased in the table of groups
        else:
            slot.waiting = call  # type: ignore[assignment]  # T is erased in the table of groups

    def cancel(self, group: str) -> None:
        """Drop what the group runs or waits for."""
        slot = self._groups.get(group)
        if slot is None:
            return
        slot.waiting = None
        if slot.running is not None:
            slot.running.cancelled = True

    def is_busy(self, group: str) -> bool:
        """Whether a result of this group is still to come."""
        slot = self._groups.get(group)
        if slot is None:
            return False
        return slot.waiting is not None or (slot.running is not None and not slot.running.cancelled)

    def _run(self, group: str, slot: _Group, call: _Call[object]) -> None:
        slot.running = call

        def in_thread() -> None:
            outcome = _outcome(call)
            if not get_current_worker().is_cancelled:
                self._owner.call_later(self._deliver, group, call, outcome)

        self._owner.run_worker(in_thread, thread=True, group=group, exit_on_error=False)

    def _deliver(self, group: str, call: _Call[object], outcome: Callable[[], None]) -> None:
        slot = self._groups[group]
        slot.running = None
        waiting, slot.waiting = slot.waiting, None
        if waiting is not None:
            self._run(group, slot, waiting)
        if not call.cancelled:
            outcome()


def _outcome(call: _Call[object]) -> Callable[[], None]:
    """Ask, and say what is to be done with the answer."""
    try:
        result = call.ask()
    except TracetuiError as error:
        problem = error
        return lambda: call.failed(problem)
    except Exception as error:  # noqa: BLE001  # the edge of a thread: a fault here must not end the interface
        from tracetui.tui.crash import internal_error

        fault = internal_error(error)
        return lambda: call.failed(fault)
    return lambda: call.done(result)


def follow(owner: DOMNode, read: Callable[[], None], group: str) -> Worker[None]:
    """Run a long reader in a thread of its own; it hands over by `owner.call_later` and must not raise."""
    return owner.run_worker(read, thread=True, group=group, exit_on_error=False)
