"""A widget that paints its own lines: cached strips, its own scrollbar cell, and only changed lines repainted.

Textual's ScrollView passes each line through about eight strips and reflows on every scroll; this does neither,
so a key costs what it costs in an empty app.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import TRANSPARENT
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

MAX_CACHED_STRIPS = 4_000
WHEEL_LINES = 3


class LinePane(Widget, can_focus=True):
    """Base of the tree, the grid and the text view. Subclasses say what line `y` shows and where the view stands.

    Put borders and titles on a container: a border here costs the fast path (it still works).
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-pane--thumb", "line-pane--track"}
    DEFAULT_CSS = """
    LinePane {
        background: $surface;
        color: $foreground;
        & > .line-pane--thumb { color: $scrollbar; background: $scrollbar-background; }
        & > .line-pane--track { color: $scrollbar-background; background: $scrollbar-background; }
        &:focus > .line-pane--thumb { color: $scrollbar-active; background: $scrollbar-background; }
    }
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own keyword
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._strips: dict[Hashable, Strip] = {}
        self._part_styles: dict[tuple[str, ...], Style] = {}
        self._filters: Sequence[LineFilter] = ()
        self._background = TRANSPARENT
        self._is_dragging = False

    @abstractmethod
    def line_key(self, y: int) -> Hashable:
        """What the picture of line `y` depends on, besides style and width."""

    @abstractmethod
    def line_segments(self, y: int, width: int) -> Iterable[Segment]:
        """Segments of line `y`, `width` cells together or fewer; the rest is filled with the base style."""

    @abstractmethod
    def extent(self) -> tuple[int, int, int]:
        """First line in view, lines that fit, lines in all: what the scrollbar shows."""

    @abstractmethod
    def scroll_lines(self, lines: int) -> None:
        """Move the view by so many lines, the cursor staying where it is."""

    @abstractmethod
    def scroll_to_line(self, first: int) -> None:
        """Move the view so that it begins at this line of all."""

    def render_line(self, y: int) -> Strip:
        """Line `y` of the widget; used by Textual directly only where the widget has a border or padding."""
        is_thumb = self._is_thumb(y)
        key = (self.line_key(y), is_thumb)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) > MAX_CACHED_STRIPS:
                self._strips.clear()
            strip = self._strips[key] = self._paint(y, is_thumb)
        return strip

    def render_lines(self, crop: Region) -> list[Strip]:
        """Strips of the lines in `crop`, without Textual's per-line style pass."""
        if self.styles.gutter:
            return super().render_lines(crop)
        filters = self.get_line_filters()
        background = self.background_colors[1]
        if filters != self._filters or background != self._background:
            self._filters, self._background = filters, background
            self._strips.clear()
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _paint(self, y: int, is_thumb: bool | None) -> Strip:
        """The whole line as one strip, colour filters applied: every further strip would cost as much again."""
        width = max(0, self.size.width - 1)
        segments = list(self.line_segments(y, width))
        length = sum(cell_len(text) for text, _, _ in segments)
        if length > width:
            segments, length = Segment.adjust_line_length(segments, width), width
        bar, style = " " * (width - length), self.base_style
        if is_thumb is not None:
            segments.append(Segment(bar, style))
            bar, style = "▐", self.part("line-pane--thumb" if is_thumb else "line-pane--track")
        elif self.size.width:
            bar += " "
        segments.append(Segment(bar, style))
        for line_filter in self._filters:
            segments = line_filter.apply(segments, self._background)
        return Strip(segments, self.size.width)

    def _is_thumb(self, y: int) -> bool | None:
        """Whether the scrollbar's thumb covers line `y`; None where all lines are in view."""
        first, fits, total = self.extent()
        if total <= fits or fits <= 0 or y < self.body_top:
            return None
        length = max(1, fits * fits // total)
        start = (first * (fits - length) + (total - fits) // 2) // max(1, total - fits)
        line = y - self.body_top
        return start <= line < start + length

    @property
    def body_top(self) -> int:
        """The first line of the widget that scrolls; lines above it are a header."""
        return 0

    @property
    def base_style(self) -> Style:
        """Colours of the widget itself."""
        style = self._part_styles.get(())
        if style is None:
            style = self._part_styles[()] = self.rich_style
        return style

    def part(self, *names: str) -> Style:
        """The style of component classes over the widget's own colours."""
        style = self._part_styles.get(names)
        if style is None:
            style = self.base_style
            for name in names:
                style += self._component(name)
            self._part_styles[names] = style
        return style

    def _component(self, name: str) -> Style:
        """What a component class sets, with colours like `$text-muted` mixed with what lies behind them."""
        own = self.get_component_rich_style(name, partial=True)
        if own.color is None:
            return own
        return own + Style(color=self.get_component_rich_style(name).color)

    def forget_strips(self) -> None:
        """Repaint everything at the next frame."""
        self._strips.clear()
        self.refresh()

    def refresh_line(self, y: int) -> None:
        """Repaint one line of the widget at the next frame."""
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def notify_style_update(self) -> None:
        """Colours changed: theme, focus or a class."""
        super().notify_style_update()
        self._part_styles.clear()
        self._strips.clear()

    def on_resize(self) -> None:
        """Lines depend on the width. Subclasses override `resized`: Textual calls the handler of every base class."""
        self._strips.clear()
        self.resized()

    def resized(self) -> None:
        """The widget has another size."""

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view."""
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view."""
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The scrollbar can be dragged."""
        if event.x == self.size.width - 1 and self._is_thumb(event.y) is not None:
            event.stop()
            self._is_dragging = True
            self.capture_mouse()
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The view follows the dragged scrollbar."""
        if self._is_dragging:
            event.stop()
            self._drag_to(event.y)

    def on_mouse_up(self) -> None:
        """The scrollbar is let go."""
        if self._is_dragging:
            self._is_dragging = False
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        _, fits, total = self.extent()
        share = min(1.0, max(0.0, (y - self.body_top) / max(1, fits - 1)))
        self.scroll_to_line(round(share * (total - fits)))
