"""The floor of the interface: a Textual app that shows one line, and imports nothing else."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static


class EmptyApp(App[None]):
    """The floor: one line that changes at each key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step", show=False),
        Binding("pagedown", "step", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield Static("ready 0", markup=False)

    def on_mount(self) -> None:
        self.steps = 0

    def action_step(self) -> None:
        """Change the line."""
        self.steps += 1
        self.query_one(Static).update(f"ready {self.steps}")


if __name__ == "__main__":
    EmptyApp().run()
