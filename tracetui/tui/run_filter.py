"""The spans of an open run that pass a filter, as a tree."""

from __future__ import annotations

from dataclasses import dataclass

from tracetui.render.safe import safe
from tracetui.tui.loading import Traces
from tracetui.tui.run_opening import OpenedRun
from tracetui.tui.tree_jumps import Picture, only


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A picture of the tree, how many spans pass, and that in words."""

    picture: Picture
    count: int = 0
    words: str = ""


def narrowed(db: Traces, opened: OpenedRun, text: str) -> Narrowed:
    """What passes the filter with all that stands above it; the whole tree where nothing does. Blocks."""
    tree = opened.tree
    if not text.strip():
        return Narrowed(Picture(tree))
    found = db.matching(opened.run.run_id, text)
    picture = only(tree, found) if found else Picture(tree)
    return Narrowed(picture, len(found), f"{len(found):,} of {len(tree.depth):,} spans")


def tree_notes(
    query: str, rank: str, filter_text: str, is_narrowed: bool, mark: str, is_marked_for_diff: bool
) -> list[str]:
    """What the line below the tree says: search with its rank, filter or errors only, bookmark with its rank, a step
    that waits for another one to be compared with."""
    words = [f"“{safe(query, 40)}” {rank} hits  n N"] if query else []
    if filter_text:
        nothing = "" if is_narrowed else "passes no span: all are shown  "
        words.append(f"filter “{safe(filter_text, 40)}”  {nothing}esc clears")
    elif is_narrowed:
        words.append("errors only  ! shows all")
    if mark:
        words.append(f"bookmark {mark}  ' next")
    if is_marked_for_diff:
        words.append("marked for a diff: D on another step compares, here unmarks")
    return words
