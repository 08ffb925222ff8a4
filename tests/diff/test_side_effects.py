"""Which tools change something outside, told by their names."""

from __future__ import annotations

import pytest

from tracetui.analysis.diff.side_effects import has_side_effects


@pytest.mark.parametrize(
    "name",
    [
        "create_todo",
        "updateOrder",
        "Write",
        "send_email",
        "make_payment",
        "terminate_vm",
        "open_ticket",
        "mark_as_read",
        "python",
        "run_tests",
        *("powershell", "cmd", "ipython", "fill_form", "press_key", "reply_to_customer"),
        *("get_or_create_user", "find_and_replace", "search_and_book", "get_and_update"),
    ],
)
def test_tools_that_change_something(name: str) -> None:
    assert has_side_effects(name)


@pytest.mark.parametrize(
    "name",
    [
        "TodoWrite",
        "write_todos",
        "update_plan",
        "transfer_to_refunds",
        "get_order",
        "execute_sql_read",
        "post_search",
        "runSearch",
        "start_search",
        "return_search_results",
        "BashOutput",
        "open_file",
        *("order_status", "return_policy", "start_date", "type_of_user", "set_of_users", "merge_sort"),
        *("find_and_return", "think", "report_intent"),
    ],
)
def test_tools_that_change_nothing_outside(name: str) -> None:
    # the first word that says so counts
    assert not has_side_effects(name)


def test_what_the_user_says_of_a_tool_goes_before_its_name() -> None:
    assert has_side_effects("TodoWrite", writes=["TodoWrite"])
    assert not has_side_effects("send_email", reads=["send_email"])
