"""Signs: one cell each, and no two kinds or states that look the same."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tracetui.model import SpanKind, Status
from tracetui.render.signs import ASCII, UNICODE, Signs, signs


@pytest.mark.parametrize("chosen", [UNICODE, ASCII])
def test_every_sign_is_one_cell(chosen: Signs) -> None:
    for name, value in chosen._asdict().items():
        for sign in value if isinstance(value, str) else value.values():
            assert cell_len(sign) == 1, name


@pytest.mark.parametrize("chosen", [UNICODE, ASCII])
def test_meanings_are_told_apart_without_colour(chosen: Signs) -> None:
    assert set(chosen.kind) == set(SpanKind)
    assert set(chosen.status) == set(Status)
    assert len(set(chosen.kind.values())) == len(SpanKind)
    assert len(set(chosen.status.values())) == len(Status)


def test_the_ascii_set_is_ascii() -> None:
    chosen = signs(ascii_only=True)
    assert all(
        sign.isascii() for sign in (*chosen.kind.values(), *chosen.status.values(), chosen.bar_eighths)
    )
