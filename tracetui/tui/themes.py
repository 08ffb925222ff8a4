"""Colours: a dark and a light theme of our own; Textual's own themes stay available.

Views use theme variables only, and never colour alone: a status always has its sign and its word. Text has a contrast of
4.5 or more against what lies behind it, on the cursor's row too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="tracetui-dark",
    primary="#7AA2D6",
    secondary="#8FA1B3",
    accent="#DEA966",
    foreground="#D5D9DE",
    background="#14171B",
    surface="#191D22",
    panel="#23282F",
    success="#7FB77E",
    warning="#DDB15A",
    error="#E8746A",
    dark=True,
    variables={
        "border": "#3A424C",
        "border-blurred": "#2A3038",
        "block-cursor-background": "#2F4562",
        "block-cursor-foreground": "#F2F5F8",
        "block-cursor-blurred-background": "#262C34",
        "block-cursor-blurred-foreground": "#D5D9DE",
        "footer-key-foreground": "#DEA966",
        "text-muted": "auto 68%",
        "input-selection-background": "#7AA2D6 35%",
    },
)

LIGHT = Theme(
    name="tracetui-light",
    primary="#2B5C9E",
    secondary="#55636F",
    accent="#845009",
    foreground="#22272C",
    background="#FBFAF7",
    surface="#F5F3EE",
    panel="#E9E6DF",
    success="#2E7034",
    warning="#8A5A00",
    error="#B3261E",
    dark=False,
    variables={
        "border": "#BDB8AD",
        "border-blurred": "#D8D4CA",
        "block-cursor-background": "#CFDDF0",
        "block-cursor-foreground": "#15191D",
        "block-cursor-blurred-background": "#E4E1D9",
        "block-cursor-blurred-foreground": "#22272C",
        "footer-key-foreground": "#845009",
        "foreground-muted": "#565B60",
        "text-muted": "auto 68%",
        "input-selection-background": "#2B5C9E 25%",
    },
)

_TERMINALS_OWN = "ansi_default"

DARK_16 = Theme(
    name="tracetui-dark-16",
    ansi=True,
    primary="ansi_bright_blue",
    secondary="ansi_bright_cyan",
    accent="ansi_bright_cyan",
    foreground=_TERMINALS_OWN,
    background=_TERMINALS_OWN,
    surface=_TERMINALS_OWN,
    panel=_TERMINALS_OWN,
    boost=_TERMINALS_OWN,
    success="ansi_bright_green",
    warning="ansi_bright_yellow",
    error="ansi_bright_red",
    dark=True,
    variables={
        "border": "ansi_bright_black",
        "border-blurred": "ansi_bright_black",
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-blurred-background": "ansi_bright_black",
        "block-cursor-blurred-foreground": "ansi_bright_white",
        "footer-key-foreground": "ansi_bright_cyan",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
    },
)

LIGHT_16 = Theme(
    name="tracetui-light-16",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_blue",
    accent="ansi_magenta",
    foreground=_TERMINALS_OWN,
    background=_TERMINALS_OWN,
    surface=_TERMINALS_OWN,
    panel=_TERMINALS_OWN,
    boost=_TERMINALS_OWN,
    success="ansi_green",
    warning="ansi_magenta",
    error="ansi_red",
    dark=False,
    variables={
        "border": "ansi_bright_black",
        "border-blurred": "ansi_white",
        "block-cursor-background": "ansi_white",
        "block-cursor-foreground": "ansi_black",
        "scrollbar": "ansi_bright_black",
        "scrollbar-background": "ansi_white",
        "footer-key-foreground": "ansi_magenta",
        "text-success": _TERMINALS_OWN,
        "ansi-background": "ansi_white",
        "ansi-foreground": "ansi_black",
    },
)
"""Green text is too pale on white in most palettes; its signs and words tell it, bars have it."""

OWN_THEMES = (DARK, LIGHT, DARK_16, LIGHT_16)

THEME_NAMES = frozenset({*BUILTIN_THEMES, *(theme.name for theme in OWN_THEMES)})

_SHORT_NAMES = {"dark": DARK.name, "light": LIGHT.name}
_SHORT_NAMES_16 = {"dark": DARK_16.name, "light": LIGHT_16.name}


def theme_name(wanted: str | None, available: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """The theme to use: `wanted`, else `$TRACETUI_THEME`, else light or dark as the terminal says; None if unknown.

    `dark` and `light` are ours, for as many colours as the terminal has; any name of Textual's themes works too.
    """
    name = wanted or environment.get("TRACETUI_THEME") or _terminal_background(environment)
    name = (_SHORT_NAMES_16 if _has_16_colours(environment) else _SHORT_NAMES).get(name, name)
    return name if name in set(available) else None


def _has_16_colours(environment: Mapping[str, str]) -> bool:
    """Whether the terminal shows no others: rounded to these, most of a theme's colours would be the same grey.
    Without any colour, greys are what tells things apart."""
    if "NO_COLOR" in environment:
        return False
    return Console(force_terminal=True, _environ=environment).color_system == "standard"


def _terminal_background(environment: Mapping[str, str]) -> str:
    """COLORFGBG is `foreground;background` in ANSI numbers; 7 and 9 to 15 are light."""
    background = environment.get("COLORFGBG", "").rsplit(";", 1)[-1]
    return "light" if background.isdigit() and int(background) in {7, *range(9, 16)} else "dark"
