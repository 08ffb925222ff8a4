"""What models are told beside messages: system prompt, tools, parameters, and which model it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracetui.analysis.diff.normal import container
from tracetui.model import ToolDefinition
from tracetui.read_model import SpanDetail
from tracetui.reading.lenient import dumps

SYSTEM_ROLES = frozenset(("system", "developer"))


@dataclass(frozen=True, slots=True)
class Settings:
    """Fingerprints of what a call was told, 0 for what is not recorded; of `parameters` each key and its value's."""

    system: int = 0
    tools: int = 0
    model: int = 0
    parameters: frozenset[tuple[str, int]] = frozenset()


NO_SETTINGS = Settings()


@dataclass(frozen=True, slots=True)
class SettingsText:
    """The same as texts; `parameters` as the source tells them."""

    system: str
    tools: tuple[ToolDefinition, ...]
    model: str | None
    parameters: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Which settings a run tells of any of its calls, and which keys of parameters."""

    system: bool
    tools: bool
    model: bool
    parameters: frozenset[str]

    def of(self, told: Settings) -> Settings:
        """The settings without what is not recorded."""
        kept = frozenset(each for each in told.parameters if each[0] in self.parameters)
        return Settings(told.system * self.system, told.tools * self.tools, told.model * self.model, kept)

    def of_text(self, told: SettingsText) -> SettingsText:
        """Texts without what is not recorded."""
        return SettingsText(
            told.system * self.system, told.tools * self.tools, told.model if self.model else None,
            self._kept(told.parameters),
        )  # fmt: skip

    def of_call(self, call: SpanDetail) -> SpanDetail:
        """The call without what is not recorded."""
        messages = call.messages
        if not self.system:
            messages = tuple(view for view in messages if view.message.role not in SYSTEM_ROLES)
        return replace(
            call, messages=messages, tools_offered=call.tools_offered if self.tools else (),
            model=call.model if self.model else None, parameters=self._kept(call.parameters),
        )  # fmt: skip

    def _kept(self, parameters: str | None) -> str | None:
        told = container(parameters)
        if not isinstance(told, dict):
            return parameters if "" in self.parameters else None
        return dumps({key: value for key, value in told.items() if key in self.parameters})


def recorded_by_both(a: Sequence[Settings], b: Sequence[Settings]) -> Recorded:
    """What both runs tell."""
    ours, theirs = _recorded(a), _recorded(b)
    return Recorded(
        ours.system and theirs.system, ours.tools and theirs.tools, ours.model and theirs.model,
        ours.parameters & theirs.parameters,
    )  # fmt: skip


def _recorded(run: Sequence[Settings]) -> Recorded:
    found = set(run) or {NO_SETTINGS}
    keys = frozenset(key for each in found for key, _ in each.parameters)
    system, tools, model = (
        any(told) for told in zip(*((each.system, each.tools, each.model) for each in found), strict=True)
    )
    return Recorded(system, tools, model, keys)
