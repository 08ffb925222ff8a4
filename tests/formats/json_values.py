"""Arbitrary JSON for property tests, biased towards the keys that a reader looks at."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


def json_values(keys: st.SearchStrategy[str], max_leaves: int = 20) -> st.SearchStrategy[Any]:
    """JSON values whose dict keys and some of whose strings come from `keys`."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text()
        | keys
    )
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(keys | st.text(max_size=4), inner, max_size=6)
        ),
        max_leaves=max_leaves,
    )
