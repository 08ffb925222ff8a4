"""Runs and steps as they are compared: what `tracetui.api.diffs` asks of a database."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tracetui.api.database import Database

if TYPE_CHECKING:
    from tracetui.analysis.diff.compared import ComparedRun
    from tracetui.analysis.diff.row_texts import StepText
    from tracetui.analysis.diff.settings import SettingsText
    from tracetui.analysis.diff.side_effects import Deed
    from tracetui.analysis.diff.volatile import Volatile

_MOST_SPANS_KEPT = 50_000


class ComparedRuns(Database):
    """Reads of single runs for comparisons; those read last stay in memory."""

    def __init__(self, path: Path, folder: Path, before: Self | None = None) -> None:
        super().__init__(path, folder, before)
        self._compared: OrderedDict[tuple[str, Volatile, str | None], tuple[object, ComparedRun]] = (
            OrderedDict()
        )

    def _kept_run(
        self, run_id: str, rule: Volatile, key: str | None, read: Callable[[], ComparedRun]
    ) -> ComparedRun:
        """The run as it was read under the prices in use, else as it is read now."""
        asked, prices = (run_id, rule, key), self._prices
        with self._loading:
            kept = self._compared.pop(asked, None)
        found = kept[1] if kept and kept[0] is prices else read()
        with self._loading:
            self._compared[asked] = prices, found
            while len(self._compared) > 1 and self._kept_spans() > _MOST_SPANS_KEPT:
                self._compared.popitem(last=False)
        return found

    def _kept_spans(self) -> int:
        return sum(len(run) for _, run in self._compared.values())

    def step_texts(
        self, run_id: str, positions: Sequence[int], rule: Volatile | None = None
    ) -> dict[int, StepText]:
        """What the spans at these positions were given and gave back, a model call what it saw and answered."""
        from tracetui.analysis.diff.volatile import BY_DEFAULT
        from tracetui.store.compared import step_texts

        if self.stage != "full":
            return self._whole(run_id).step_texts(self._whole_id(run_id), positions, rule)
        with self._cursor() as cursor:
            return step_texts(cursor, run_id, positions, rule or BY_DEFAULT)

    def told_settings(self, run_id: str, positions: Sequence[int]) -> dict[int, SettingsText]:
        """System prompt, tools, parameters and model of the calls at these positions."""
        from tracetui.store.compared import told_settings

        if self.stage != "full":
            return self._whole(run_id).told_settings(self._whole_id(run_id), positions)
        with self._cursor() as cursor:
            return told_settings(cursor, run_id, positions)

    def deeds(
        self, run_id: str, rule: Volatile | None = None, wanted: Callable[[str, str], bool] | None = None
    ) -> list[Deed]:
        """Tool calls of the run in order, arguments in the compared form; with `wanted` those it wants
        by the name of the tool and the arguments."""
        from tracetui.analysis.diff.volatile import BY_DEFAULT
        from tracetui.store.compared import deeds

        if self.stage != "full":
            return self._whole(run_id).deeds(self._whole_id(run_id), rule, wanted)
        with self._cursor() as cursor:
            return deeds(cursor, run_id, rule or BY_DEFAULT, wanted)

    def previous_step(self, run_id: str, position: int) -> tuple[str, int] | None:
        """Run and position of the call before of the same agent and conversation, or same tool; None for the first."""
        from tracetui.store.compared import previous_step

        if self.stage == "index":
            return self._whole(run_id).previous_step(self._whole_id(run_id), position)
        with self._cursor() as cursor:
            return previous_step(cursor, run_id, position)

    def lost_messages(self, run_id: str, position: int) -> bool:
        """Whether messages were cut, compacted or cleared from the context of a run at a position or before."""
        from tracetui.store.compared import lost_messages

        if self.stage != "full":
            return self._whole(run_id).lost_messages(self._whole_id(run_id), position)
        with self._cursor() as cursor:
            return lost_messages(cursor, run_id, position)

    def cache_saving(self, run_id: str, position: int) -> Decimal | None:
        """Dollars that an input token of a call costs less when read from the cache; None where that has no price."""
        from tracetui.store.compared import cache_saving

        if self.stage != "full":
            return self._whole(run_id).cache_saving(self._whole_id(run_id), position)
        with self._cursor() as cursor:
            return cache_saving(cursor, run_id, position)

    def good_runs(self, run_id: str, same: str) -> list[str]:
        """Ids of other runs that did not fail and share the `session`, a `tag`, the `name`, the `input` or the
        `task` with this one, the latest first, 100 at most."""
        from tracetui.store.compared import good_runs

        with self._cursor() as cursor:
            return good_runs(cursor, run_id, same)
