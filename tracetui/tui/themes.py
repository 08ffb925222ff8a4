"""Colours: a dark and a light theme of our own; Textual's own themes stay available.

Views use theme variables only, and never colour alone: a status always has its sign and its word. Text has a contrast of
4.5 or more against what lies behind it, on the cursor's row too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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

OWN_THEMES = (DARK, LIGHT)

THEME_NAMES = frozenset({*BUILTIN_THEMES, *(theme.name for theme in OWN_THEMES)})

_SHORT_NAMES = {"dark": DARK.name, "light": LIGHT.name, "": DARK.name}


def theme_name(wanted: str | None, available: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """The theme to use: `wanted`, else `$TRACETUI_THEME`, else light or dark as the terminal says; None if unknown.

    `dark` and `light` are ours; any name of Textual's themes works too.
    """
    name = wanted or environment.get("TRACETUI_THEME") or _terminal_background(environment)
    name = _SHORT_NAMES.get(name, name)
    return name if name in set(available) else None


def _terminal_background(environment: Mapping[str, str]) -> str:
    """COLORFGBG is `foreground;background` in ANSI numbers; 7 and 9 to 15 are light."""
    background = environment.get("COLORFGBG", "").rsplit(";", 1)[-1]
    return "light" if background.isdigit() and int(background) in {7, *range(9, 16)} else "dark"
