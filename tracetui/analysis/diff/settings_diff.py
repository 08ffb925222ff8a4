"""What two model calls were told differently beside messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracetui.analysis.diff.json import JsonChange
from tracetui.analysis.diff.settings import SettingsText
from tracetui.analysis.diff.text import TextPiece, diff_text
from tracetui.analysis.diff.values import diff_values, json_changes
from tracetui.analysis.diff.volatile import BY_DEFAULT, NOTHING, Volatile
from tracetui.model import ToolDefinition


@dataclass(frozen=True, slots=True)
class ToolsDiff:
    """Tools offered by name: those only the second call has, those only the first has, those told differently."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both calls were offered the same."""
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class SettingsDiff:
    """What two model calls were told differently beside messages; `models` are both where they differ."""

    models: tuple[str | None, str | None] | None
    system: tuple[TextPiece, ...]
    tools: ToolsDiff
    parameters: tuple[JsonChange, ...]


def diff_settings(a: SettingsText, b: SettingsText, rule: Volatile = BY_DEFAULT) -> SettingsDiff:
    """System prompt by words, tools by name, parameters by key."""
    return SettingsDiff(
        None if a.model == b.model else (a.model, b.model),
        () if a.system == b.system else diff_text(a.system, b.system),
        diff_tools(a.tools, b.tools),
        json_changes(diff_values(a.parameters or "{}", b.parameters or "{}", rule)),
    )


def diff_tools(a: Sequence[ToolDefinition], b: Sequence[ToolDefinition]) -> ToolsDiff:
    """Tools by name; the order in which they were offered does not count."""
    before = {tool.name: (tool.description, tool.schema) for tool in a}
    after = {tool.name: (tool.description, tool.schema) for tool in b}
    return ToolsDiff(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(name for name in after if name in before and _is_other_tool(before[name], after[name])),
    )


def _is_other_tool(a: tuple[str | None, str | None], b: tuple[str | None, str | None]) -> bool:
    return a[0] != b[0] or bool(diff_values(a[1], b[1], NOTHING))
