"""Which entry of a price file holds for a call: by its moment and its size, without gaps and without two at once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.errors import UsageError
from tracetui.pricing.lookup import Kept, price_rows
from tracetui.pricing.price_file import PriceEntry, PriceFile, read_price_file
from tracetui.pricing.rows import EARLIEST_NS, EVERY_SIZE, LATEST_NS, Group, PriceRow

GROUP = Group("", "m", 0, 0)
STANDING = '[[model]]\nmodel = "m"\ninput = 2\n'


def ns(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 10**9


def holding(rows: list[PriceRow], moment_ns: int, tokens: int = 1) -> list[PriceRow]:
    return [
        row
        for row in rows
        if row.from_ns <= moment_ns < row.until_ns and row.above_input < tokens <= row.upto_input
    ]


def written(path: Path, text: str) -> PriceFile:
    path.write_text(text, encoding="utf-8")
    return read_price_file(path)


def input_price(file: PriceFile, day: str, tokens: int = 1) -> Decimal | None:
    """Dollars for a million input tokens; None where the file has no price."""
    found = holding(file.rows_of(GROUP), ns(day), tokens)
    assert len(found) <= 1
    price = found[0].tokens["in_uncached"] if found else None
    return None if price is None else price * 1_000_000


@pytest.mark.parametrize("is_standing_first", [True, False])
@pytest.mark.parametrize("start", ["from = 2026-01-01\n", ""])
def test_a_promotion_leaves_the_standing_price_around_it(
    tmp_path: Path, start: str, is_standing_first: bool
) -> None:
    promotion = f'[[model]]\nmodel = "m"\n{start}until = 2026-01-10\ninput = 1\n'
    text = STANDING + promotion if is_standing_first else promotion + STANDING
    file = written(tmp_path / "p.toml", text)
    assert input_price(file, "2025-12-31") == (2 if start else 1)
    assert [input_price(file, day) for day in ("2026-01-09", "2026-01-10", "2026-03-01")] == [1, 2, 2]


def test_of_two_prices_for_the_same_calls_the_later_stands(tmp_path: Path) -> None:
    file = written(tmp_path / "p.toml", STANDING + STANDING.replace("2", "3"))
    assert input_price(file, "2026-01-01") == 3


def test_a_price_of_large_calls_takes_nothing_before_its_day(tmp_path: Path) -> None:
    large = '[[model]]\nmodel = "m"\nfrom = 2027-01-01\nabove_input = 10000\ninput = 5\n'
    file = written(tmp_path / "p.toml", STANDING + large)
    asked = [("2026-06-01", 10_001), ("2027-01-01", 10_000), ("2027-01-01", 10_001)]
    assert [input_price(file, day, tokens) for day, tokens in asked] == [2, 2, 5]


def test_each_dated_price_of_a_tool_holds_in_its_days(tmp_path: Path) -> None:
    tool = '[[tool]]\ntool = "search"\n'
    first = written(
        tmp_path / "first.toml",
        f"{tool}per_call = 1\nuntil = 2026-03-07\n{tool}per_call = 10\nfrom = 2026-03-07\nuntil = 2026-04-01\n",
    )
    other = written(tmp_path / "other.toml", f'{tool}per_call = 3\n[[tool]]\ntool = "fetch"\nper_call = 4\n')
    rows = price_rows([], [first, other], Kept(None))
    found = {
        (row.tool, day): row.per_request
        for day in ("2026-03-06", "2026-03-07", "2026-04-01")
        for row in holding(rows, ns(day))
    }
    assert [found["search", day] for day in ("2026-03-06", "2026-03-07", "2026-04-01")] == [1, 10, 3]
    assert found["fetch", "2026-03-06"] == 4
    assert len(rows) == 4


def test_a_size_below_zero_is_refused_with_its_place_and_reason(tmp_path: Path) -> None:
    wrong = STANDING + '[[model]]\nmodel = "m"\nabove_input = -5\ninput = 1\n'
    with pytest.raises(UsageError, match=r"p\.toml, \[\[model\]\] 2: above_input is to be .*, 0 or more"):
        written(tmp_path / "p.toml", wrong)
    with pytest.raises(UsageError, match=r"^price file \S+/none\.toml: No such file or directory$"):
        read_price_file(tmp_path / "none.toml")


@st.composite
def entries(draw: st.DrawFn) -> PriceEntry:
    """Entries within days 1 to 4, or open, for every size or for more than 1 or 2 tokens."""
    start, stop = draw(
        st.tuples(st.sampled_from([EARLIEST_NS, 1, 2, 3]), st.sampled_from([2, 3, 4, LATEST_NS])).filter(
            lambda days: days[0] < days[1]
        )
    )
    size = draw(st.sampled_from([EVERY_SIZE[0], 1, 2]))
    return PriceEntry("m", "*", start, stop, size, {"input": Decimal(1)}, None, None, None, "")


@given(st.lists(entries(), max_size=4), entries(), st.integers(0, 4))
def test_an_entry_more_takes_the_price_from_no_call(
    told: list[PriceEntry], added: PriceEntry, place: int
) -> None:
    more = (*told[:place], added, *told[place:])
    before, after = (PriceFile("p.toml", tuple(some), ()).rows_of(GROUP) for some in (told, more))
    for moment in range(5):
        for tokens in range(4):
            is_added = added.from_ns <= moment < added.until_ns and added.above_input < tokens
            was_priced = bool(holding(before, moment, tokens))
            assert len(holding(after, moment, tokens)) == (was_priced or is_added)
