"""A widget that paints its own lines: cached strips, its own scrollbar cell, and only changed lines repainted.

Textual's ScrollView passes each line through about eight strips and reflows on every scroll; this does neither,
so a key costs what it costs in an empty app.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import FIFOCache
from textual.color import TRANSPARENT
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

MAX_CACHED_STRIPS = 1_000
WHEEL_LINES = 3


class WholeLine(Strip):
    """A strip as wide as its pane. Textual's own keeps itself among its pieces when nothing is cut off, and so each
    line would wait for the garbage collector, whose pauses are what a held key feels."""

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Pieces between the cuts; itself where it is whole."""
        cuts = list(cuts)
        return [self] if cuts == [self.cell_length] else super().divide(cuts)


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
        self._strips: FIFOCache[Hashable, Strip] = FIFOCache(MAX_CACHED_STRIPS)
        self._part_styles: dict[tuple[str, ...], Style] = {}
        self._filters: Sequence[LineFilter] = ()
        self._background = TRANSPARENT
        self._grip: int | None = None

    @abstractmethod
    def line_key(self, y: int) -> Hashable:
        """What the picture of line `y` depends on, besides style and width; None for an empty line."""

    @abstractmethod
    def line_segments(self, y: int, width: int) -> Iterable[Segment]:
        """Segments of line `y` that is not empty, exactly `width` cells together, styled by `part`."""

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
        return self._strip(y, self.size.width, self._thumb())

    def render_lines(self, crop: Region) -> list[Strip]:
        """Strips of the lines in `crop`, without Textual's per-line style pass."""
        if self.styles.gutter:
            return super().render_lines(crop)
        filters = self.get_line_filters()
        background = self.background_colors[1]
        if filters != self._filters or background != self._background:
            self._filters, self._background = filters, background
            self.forget_styles()
        width, thumb = self.size.width, self._thumb()
        strips = [self._strip(y, width, thumb) for y in crop.line_range]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _strip(self, y: int, width: int, thumb: range | None) -> Strip:
        line_key, is_thumb = self.line_key(y), None
        if thumb is not None and y >= self.body_top:
            is_thumb = y in thumb
        key = (line_key, is_thumb)
        strip = self._strips.get(key)
        if strip is None:
            room = max(0, width - 1)
            segments = [Segment(" " * room, self.base_style)]
            if line_key is not None and room:
                segments = [*self.line_segments(y, room)]
            strip = self._strips[key] = self._whole(segments, width, is_thumb)
        return strip

    def _whole(self, segments: list[Segment], width: int, is_thumb: bool | None) -> Strip:
        """The line with its scrollbar cell as one strip: every further one would cost as much again."""
        if width and is_thumb is None:
            segments.append(Segment(" ", self.base_style))
        elif width:
            segments.append(Segment("▐", self.part("line-pane--thumb" if is_thumb else "line-pane--track")))
        return WholeLine(segments, width)

    def _thumb(self) -> range | None:
        """Lines that the scrollbar's thumb covers; None where all lines are in view."""
        first, fits, total = self.extent()
        if total <= fits or fits <= 0:
            return None
        length = max(1, fits * fits // total)
        start = self.body_top + (first * (fits - length) + (total - fits) // 2) // max(1, total - fits)
        return range(start, start + length)

    @property
    def body_top(self) -> int:
        """The first line of the widget that scrolls; lines above it are a header."""
        return 0

    @property
    def base_style(self) -> Style:
        """Colours of the widget itself."""
        return self.part()

    def part(self, *names: str) -> Style:
        """The style of component classes over the widget's own colours, with the app's colour filters applied."""
        style = self._part_styles.get(names)
        if style is None:
            style = self.rich_style
            for name in names:
                style += self._component(name)
            self._part_styles[names] = style = self._filtered(style)
        return style

    def _filtered(self, style: Style) -> Style:
        """What the filters make of a style: Textual's change nothing else of a segment."""
        segments = [Segment(" ", style)]
        for line_filter in self._filters:
            segments = line_filter.apply(segments, self._background)
        return segments[0].style or Style.null()

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
        self.forget_styles()

    def forget_styles(self) -> None:
        """Work out styles anew at the next frame."""
        self._part_styles.clear()
        self._strips.clear()

    def on_resize(self) -> None:
        """Lines depend on the width. Subclasses override `resized`: Textual calls the handler of every base class."""
        self._strips.clear()
        self.resized()

    def resized(self) -> None:
        """The widget has another size."""

    def action_scroll_columns_right(self) -> None:
        """To the right, where that shows more."""

    def action_scroll_columns_left(self) -> None:
        """Back to the left."""

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view; with shift to the side."""
        event.stop()
        if event.shift:
            self.action_scroll_columns_right()
        else:
            self.scroll_lines(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view; with shift to the side."""
        event.stop()
        if event.shift:
            self.action_scroll_columns_left()
        else:
            self.scroll_lines(-WHEEL_LINES)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """A wheel that tilts, or two fingers."""
        event.stop()
        self.action_scroll_columns_right()

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """A wheel that tilts, or two fingers."""
        event.stop()
        self.action_scroll_columns_left()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The thumb is dragged from where it was gripped; beside it, its middle comes to the pointer."""
        thumb = self._thumb()
        if event.x != self.size.width - 1 or event.y < self.body_top or thumb is None:
            return
        event.stop()
        self.capture_mouse()
        is_on_thumb = event.y in thumb
        self._grip = event.y - thumb.start if is_on_thumb else len(thumb) // 2
        if not is_on_thumb:
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The view follows the dragged scrollbar, while the button is held: its end may have gone to another screen."""
        if self._grip is not None and event.button:
            event.stop()
            self._drag_to(event.y)
        else:
            self._let_go()

    def on_mouse_up(self) -> None:
        """The scrollbar is let go."""
        self._let_go()

    def _let_go(self) -> None:
        if self._grip is not None:
            self._grip = None
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        thumb, (_, fits, total) = self._thumb(), self.extent()
        if thumb is not None:
            share = (y - (self._grip or 0) - self.body_top) / max(1, fits - len(thumb))
            self.scroll_to_line(round(min(1.0, max(0.0, share)) * (total - fits)))
