"""What comes back of an order: exact, never over, and the same whatever comes first (R3, R9.4)."""

from collections.abc import Sequence
from random import Random

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.orders.refunding.errors import AmountNotRefundable, UnitsNotRefundable
from domain.orders.refunding.rules import (
    AmountBack,
    PaidLine,
    PaidOrder,
    RefundPlan,
    UnitsBack,
    all_that_is_left,
    by_amount,
    by_units,
    freight_shares,
    has_its_freight,
)

Step = tuple[int, bool, int, bool]
"""A line, whether by units, how much of what is left (in thousandths), and whose fault."""


@st.composite
def paid_orders(draw: st.DrawFn) -> PaidOrder:
    """An order of some lines, of which nothing was sent, or something."""
    units = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    paid = [draw(st.one_of(st.just(0), st.integers(0, 9_999))) for _ in units]
    shares = freight_shares(draw(st.integers(0, 1_500)), paid, units)
    is_sent = draw(st.booleans())
    sent = [draw(st.integers(0, each)) if is_sent else 0 for each in units]
    figures = zip(units, paid, shares, sent, strict=True)
    return PaidOrder(tuple(PaidLine(i, *each) for i, each in enumerate(figures, start=1)))


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 1_000), st.booleans()), max_size=12
)


def after(order: PaidOrder, plan: RefundPlan, sign: int = 1) -> PaidOrder:
    """The order once a plan is carried out, or is let go of again."""
    planned = {each.number: each for each in plan.lines}
    lines: list[PaidLine] = []
    for line in order.lines:
        back, before = planned.get(line.number), line.before
        if back is not None:
            goods = {"by_units_fen" if back.units else "by_amount_fen": sign * back.goods_fen}
            added = {
                **goods,
                "units": sign * back.units,
                "sent_units": sign * back.sent_units,
                "fault_units": sign * back.units * plan.is_shops_fault,
                "freight_fen": sign * back.freight_fen,
            }
            before = msgspec.structs.replace(
                before, **{name: getattr(before, name) + more for name, more in added.items()}
            )
        lines.append(msgspec.structs.replace(line, before=before))
    return PaidOrder(tuple(lines))


def planned(order: PaidOrder, step: Step) -> RefundPlan | None:
    """What a step gives back; None where nothing is left for it."""
    index, is_by_units, share, is_fault = step
    line = order.lines[index % len(order.lines)]
    if is_by_units:
        left = line.left_sent + line.left_unsent
        units = -(-left * share // 1_000)
        sent = min(units, line.left_sent)
        wish = UnitsBack(line.number, units, sent)
        return by_units(order, [wish], is_shops_fault=is_fault) if units else None
    fen = -(-line.left_fen * share // 1_000)
    return by_amount(order, [AmountBack(line.number, fen)]) if fen else None


def check(order: PaidOrder) -> None:
    """Nothing is above what was paid or below zero, line by line and figure by figure."""
    for line in order.lines:
        before = line.before
        assert 0 <= before.goods_fen <= line.paid_fen
        assert 0 <= before.freight_fen <= line.freight_fen
        assert 0 <= before.sent_units <= before.units <= line.units
        assert min(line.left_fen, line.left_sent, line.left_unsent) >= 0


@given(paid_orders(), STEPS)
def test_any_sequence_of_refunds_is_exact_and_never_over(order: PaidOrder, steps: list[Step]):
    is_unsent = not order.is_anything_sent
    for step in steps:
        plan = planned(order, step)
        if plan is not None:
            assert all(each.goods_fen >= 0 and each.freight_fen >= 0 for each in plan.lines)
            assert has_its_freight(order, plan)
            order = after(order, plan)
            check(order)
    order = after(order, by_units(order, all_that_is_left(order)))
    check(order)
    # Amounts alone may have taken all of the money while units stayed: these bring the rest.
    assert all(line.before.units == line.units for line in order.lines)
    assert all(line.left_fen == 0 for line in order.lines)
    if is_unsent:
        assert order.refunded_fen == order.paid_fen


@given(paid_orders(), STEPS, st.randoms(use_true_random=False))
def test_refunds_that_were_let_go_of_leave_no_trace(
    order: PaidOrder, steps: list[Step], chance: Random
):
    standing: list[RefundPlan] = []
    for step in steps:
        if standing and chance.random() < 0.3:
            order = after(order, standing.pop(chance.randrange(len(standing))), -1)
        elif (plan := planned(order, step)) is not None:
            standing.append(plan)
            order = after(order, plan)
        check(order)
    is_unsent = not order.is_anything_sent
    order = after(order, by_units(order, all_that_is_left(order)))
    check(order)
    assert all(line.left_fen == 0 for line in order.lines)
    assert not is_unsent or order.refunded_fen == order.paid_fen


@given(paid_orders(), st.data())
def test_the_end_does_not_depend_on_the_order_of_refunds(order: PaidOrder, data: st.DataObject):
    wishes: list[tuple[UnitsBack | AmountBack, bool]] = []
    for line in order.lines:
        for sent, left in ((True, line.left_sent), (False, line.left_unsent)):
            for units in data.draw(parts(left)):
                wish = UnitsBack(line.number, units, units if sent else 0)
                wishes.append((wish, data.draw(st.booleans())))
        wishes += [
            (AmountBack(line.number, fen), False)
            for fen in data.draw(st.lists(st.integers(1, 4_000), max_size=3))
            if fen <= line.paid_fen
        ]
    one, other = (ended(order, data.draw(st.permutations(wishes))) for _ in range(2))
    assume(one is not None and other is not None)
    assert one is not None
    assert other is not None
    # Which of them an amount has cut short is all that differs.
    for this, that in zip(one.lines, other.lines, strict=True):
        assert this.before.goods_fen == that.before.goods_fen
        assert this.before.freight_fen == that.before.freight_fen
        assert this.before.units == that.before.units


@st.composite
def parts(draw: st.DrawFn, whole: int) -> list[int]:
    """Numbers above zero that add up to no more than the whole."""
    found: list[int] = []
    while whole and draw(st.booleans()):
        found.append(draw(st.integers(1, whole)))
        whole -= found[-1]
    return found


def ended(
    order: PaidOrder, wishes: Sequence[tuple[UnitsBack | AmountBack, bool]]
) -> PaidOrder | None:
    """How an order stands after all wishes; None where an amount was refused on the way."""
    for wish, is_fault in wishes:
        try:
            plan = (
                by_units(order, [wish], is_shops_fault=is_fault)
                if isinstance(wish, UnitsBack)
                else by_amount(order, [wish])
            )
        except AmountNotRefundable:
            return None
        order = after(order, plan)
    return order


@given(paid_orders())
def test_a_whole_refund_is_what_was_paid(order: PaidOrder):
    plan = by_units(order, all_that_is_left(order), is_shops_fault=True)
    assert plan.total_fen == order.paid_fen
    if not order.is_anything_sent:
        assert by_units(order, all_that_is_left(order)).total_fen == order.paid_fen


def test_a_line_comes_back_by_the_cumulative_split():
    order = PaidOrder((PaidLine(1, 3, 100, 0),))
    came: list[int] = []
    for _ in range(3):
        plan = by_units(order, [UnitsBack(1, 1)])
        came.append(plan.total_fen)
        order = after(order, plan)
    assert came == [33, 33, 34]


def test_what_went_by_amount_limits_the_units_that_go_later_and_changes_no_other():
    order = PaidOrder((PaidLine(1, 2, 100, 0),))
    order = after(order, by_amount(order, [AmountBack(1, 30)]))
    first = by_units(order, [UnitsBack(1, 1)])
    assert first.total_fen == 50
    order = after(order, first)
    assert by_units(order, [UnitsBack(1, 1)]).total_fen == 20


def test_the_freight_comes_back_with_the_last_unit_of_an_order_that_was_not_sent():
    order = PaidOrder((PaidLine(1, 2, 200, 7), PaidLine(2, 1, 100, 3)))
    part = by_units(order, [UnitsBack(1, 1), UnitsBack(2, 1)])
    assert (part.goods_fen, part.freight_fen) == (200, 0)
    order = after(order, part)
    last = by_units(order, [UnitsBack(1, 1)])
    assert (last.goods_fen, last.freight_fen) == (100, 10)
    # It says too for which lines, that of one which has gone before with it.
    assert [(each.number, each.freight_fen) for each in last.lines] == [(1, 7), (2, 3)]
    assert by_units(after(order, last), []).total_fen == 0


def test_freight_that_was_promised_with_the_last_unit_is_not_due_while_others_stay():
    order = PaidOrder((PaidLine(1, 2, 200, 7), PaidLine(2, 1, 100, 3)))
    other = by_units(order, [UnitsBack(1, 1), UnitsBack(2, 1)])
    promised = by_units(after(order, other), [UnitsBack(1, 1)])
    assert promised.freight_fen == 10
    assert has_its_freight(after(order, other), promised)
    assert not has_its_freight(order, promised)
    sent = msgspec.structs.replace(order.lines[0], sent_units=1)
    assert not has_its_freight(after(PaidOrder((sent, order.lines[1])), other), promised)
    # On the shop's fault that of its own units is due all the same, and no more.
    first, rest = (by_units(order, [UnitsBack(1, some)], is_shops_fault=True) for some in (1, 2))
    second = by_units(after(order, first), [UnitsBack(1, 1)], is_shops_fault=True)
    assert [each.freight_fen for each in (first, second, rest)] == [3, 4, 7]
    assert all(has_its_freight(order, each) for each in (first, second, rest))
    whole = by_units(after(order, other), [UnitsBack(1, 1)], is_shops_fault=True)
    assert not has_its_freight(order, whole)


def test_the_freight_of_what_was_sent_comes_back_on_the_shops_fault_alone():
    order = PaidOrder((PaidLine(1, 2, 200, 7, sent_units=2),))
    wish = [UnitsBack(1, 2, 2)]
    assert by_units(order, wish).total_fen == 200
    assert by_units(order, wish, is_shops_fault=True).total_fen == 207
    one = by_units(order, [UnitsBack(1, 1, 1)], is_shops_fault=True)
    assert one.freight_fen == 3
    rest = by_units(after(order, one), [UnitsBack(1, 1, 1)], is_shops_fault=True)
    assert rest.freight_fen == 4


@pytest.mark.parametrize(
    "wish",
    [UnitsBack(1, 0), UnitsBack(1, 3), UnitsBack(1, 2, 2), UnitsBack(1, 2), UnitsBack(9, 1)],
)
def test_units_that_are_not_left_do_not_come_back(wish: UnitsBack):
    order = PaidOrder((PaidLine(1, 2, 200, 0, sent_units=1),))
    with pytest.raises(UnitsNotRefundable):
        by_units(order, [wish])


@pytest.mark.parametrize("wish", [AmountBack(1, 0), AmountBack(1, 201), AmountBack(9, 1)])
def test_amounts_that_are_not_left_do_not_come_back(wish: AmountBack):
    order = PaidOrder((PaidLine(1, 2, 200, 5),))
    with pytest.raises(AmountNotRefundable):
        by_amount(order, [wish])


def test_where_all_goods_are_free_their_units_bear_the_freight():
    assert freight_shares(10, [0, 0], [1, 3]) == [3, 7]
    assert freight_shares(10, [300, 100], [1, 3]) == [8, 2]
