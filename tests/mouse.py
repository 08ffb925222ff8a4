"""What a mouse sends beyond clicks: wheels and drags."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.widget import Widget


def _event(
    kind: type[events.MouseEvent], at: tuple[int, int], button: int = 0, shift: bool = False
) -> events.MouseEvent:
    x, y = at
    return kind(None, x, y, 0, 0, button, shift, meta=False, ctrl=False, screen_x=x, screen_y=y)


async def send(
    pilot: Pilot[Any],
    kind: type[events.MouseEvent],
    widget: Widget,
    offset: tuple[int, int],
    *,
    button: int = 0,
    shift: bool = False,
) -> None:
    """Send one event at an offset of a widget, as a terminal would."""
    at = (widget.region.x + offset[0], widget.region.y + offset[1])
    pilot.app.screen._forward_event(_event(kind, at, button, shift))
    await pilot.pause()


async def drag(pilot: Pilot[Any], widget: Widget, *offsets: tuple[int, int], is_let_go: bool = True) -> None:
    """Press at the first offset of a widget, move over the others, let go at the last."""
    await send(pilot, events.MouseDown, widget, offsets[0], button=1)
    for offset in offsets[1:]:
        await send(pilot, events.MouseMove, widget, offset, button=1)
    if is_let_go:
        await send(pilot, events.MouseUp, widget, offsets[-1], button=1)
