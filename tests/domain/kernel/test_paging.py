"""Pages: cut from one row more than was asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.paging import DEFAULT_PAGE, LARGEST_PAGE, Page, page_of


@pytest.mark.parametrize(("count", "kept", "has_next"), [(0, 0, False), (1, 1, False),
                                                        (2, 2, False), (3, 2, True)])  # fmt: skip
def test_a_page_has_a_next_one_where_a_row_is_left_over(count: int, kept: int, *, has_next: bool):
    rows = list(range(count))
    assert page_of(rows, 2) == Page(rows[:kept], has_next)


@given(rows=st.lists(st.integers()), first=st.integers(1, LARGEST_PAGE))
def test_pages_one_after_another_hold_every_row_once_and_in_order(rows: list[int], first: int):
    seen: list[int] = []
    while True:
        page = page_of(rows[len(seen) : len(seen) + first + 1], first)
        assert len(page.items) <= first
        seen += page.items
        if not page.has_next:
            break
    assert seen == rows


def test_the_sizes_are_those_that_clients_know():
    assert (DEFAULT_PAGE, LARGEST_PAGE) == (20, 100)
