"""What members do to their carts. Each use case takes the lock of the member's row first."""

from collections.abc import Collection
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec

from domain.catalog.content import SOLD_KINDS
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import new_id
from domain.kernel.problems import OUT_OF_RANGE, TOO_MANY
from domain.members.statements import openid_of, welcome
from domain.orders.cart import statements
from domain.orders.cart.checking import UNASKED, Review
from domain.orders.cart.errors import (
    CartFull,
    CartLineUnavailable,
    NotOrderable,
    TooManyUnits,
    VariantUnavailable,
)
from domain.orders.cart.models import MOST_LINES, MOST_UNITS, CartLine, EngravedText
from domain.orders.cart.personalisation import digest_of, problems_of, tidied
from domain.orders.words import ReviewStatus


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants in their cart; the texts as they were typed."""

    variant_id: UUID
    units: int
    texts: tuple[EngravedText, ...] = ()


class ToCheck(msgspec.Struct, frozen=True):
    """Texts that somebody has to judge before they are kept, and in whose name that is asked.

    ``known`` is there where the cart has the same line already, with texts that passed.
    """

    texts: tuple[EngravedText, ...]
    openid: str | None
    known: Review | None


class AddedLine(msgspec.Struct, frozen=True):
    """A line that has got units."""

    line_id: UUID


async def to_check(
    session: WriteSession, member_id: UUID, wanted: Wanted, *, app_id: str | None, at: datetime
) -> ToCheck:
    """What has to be judged before `add` is called; ``app_id`` is the mini-program's.

    Looks at everything that nobody outside has to be asked about, and locks nothing: `add` looks
    again. Refuses: VariantUnavailable, NotOrderable, InvalidInput.
    """
    texts = await _texts(session, wanted, at=at)
    line = await statements.same_line(session, member_id, wanted.variant_id, digest_of(texts))
    has_passed = line is not None and line.review is ReviewStatus.PASSED
    return ToCheck(
        texts,
        await openid_of(session, member_id, app_id) if texts and app_id else None,
        Review(ReviewStatus.PASSED, line.check_trace) if line and has_passed else None,
    )


async def add(
    session: WriteSession,
    member_id: UUID,
    wanted: Wanted,
    review: Review | None = None,
    *,
    at: datetime,
    random: Random,
) -> AddedLine:
    """Put units into the cart: to the line that has the same texts, else in a new line.

    ``review`` is what was found of the texts; without it they wait for people. What is added is
    selected. Refuses: MemberBlocked, VariantUnavailable, NotOrderable, InvalidInput, CartFull,
    TooManyUnits.
    """
    await welcome(session, member_id)
    texts = await _texts(session, wanted, at=at)
    key = digest_of(texts)
    line = await statements.same_line(session, member_id, wanted.variant_id, key)
    if line is None:
        if await statements.count_lines(session, member_id) >= MOST_LINES:
            raise CartFull(MOST_LINES)
        line = _new_line(member_id, wanted, texts, at=at, random=random)
        session.add(line)
    elif line.units + wanted.units > MOST_UNITS:
        raise TooManyUnits(MOST_UNITS, line.units)
    else:
        line.units += wanted.units
        line.is_selected = True
        line.changed_at = at
    if texts and line.review is not ReviewStatus.PASSED:
        found = review or UNASKED
        line.review, line.check_trace = found.status, found.check_trace
    await session.flush()
    return AddedLine(line.id)


async def change(
    session: WriteSession,
    member_id: UUID,
    line_id: UUID,
    *,
    units: int | None = None,
    is_selected: bool | None = None,
    at: datetime,
) -> None:
    """Give a line other units, or select it or leave it out; what is None stays.

    Doing it twice is doing it once. Refuses: MemberBlocked, InvalidInput, CartLineUnavailable.
    """
    if units is not None:
        _require_units(units)
    await welcome(session, member_id)
    line = await statements.own_line(session, member_id, line_id)
    if line is None:
        raise CartLineUnavailable
    before = line.units, line.is_selected
    line.units = line.units if units is None else units
    line.is_selected = line.is_selected if is_selected is None else is_selected
    if (line.units, line.is_selected) != before:
        line.changed_at = at
        await session.flush()


async def select_lines(
    session: WriteSession,
    member_id: UUID,
    line_ids: Collection[UUID] | None,
    *,
    is_selected: bool,
    at: datetime,
) -> None:
    """Select lines or leave them out, all of the cart where None are named.

    What is not in the cart (any more) is passed over. Refuses: MemberBlocked, InvalidInput.
    """
    _require_few(line_ids or ())
    await welcome(session, member_id)
    await statements.select_lines(session, member_id, line_ids, is_selected=is_selected, at=at)


async def remove(session: WriteSession, member_id: UUID, line_ids: Collection[UUID]) -> None:
    """Take lines out of the cart; what is not there (any more) is passed over.

    Refuses: MemberBlocked, InvalidInput.
    """
    _require_few(line_ids)
    await welcome(session, member_id)
    await statements.remove_lines(session, member_id, line_ids)


async def _texts(
    session: WriteSession, wanted: Wanted, *, at: datetime
) -> tuple[EngravedText, ...]:
    """The texts as they are kept, of something that can be ordered.

    Refuses: VariantUnavailable, NotOrderable, InvalidInput.
    """
    offer = await statements.offer_of(session, wanted.variant_id, at=at)
    if offer is None:
        raise VariantUnavailable
    if offer.kind not in SOLD_KINDS:
        raise NotOrderable
    problems = [*problems_of(offer.fields, wanted.texts)]
    if not 1 <= wanted.units <= MOST_UNITS:
        problems.insert(0, OUT_OF_RANGE.at("units", least=1, most=MOST_UNITS))
    if problems:
        raise InvalidInput(problems)
    return tidied(offer.fields, wanted.texts)


def _new_line(
    member_id: UUID,
    wanted: Wanted,
    texts: tuple[EngravedText, ...],
    *,
    at: datetime,
    random: Random,
) -> CartLine:
    return CartLine(
        id=new_id(at, random),
        member_id=member_id,
        variant_id=wanted.variant_id,
        units=wanted.units,
        is_selected=True,
        personalisation=texts,
        personalisation_key=digest_of(texts),
        review=None,
        check_trace=None,
        added_at=at,
        changed_at=at,
    )


def _require_units(units: int) -> None:
    if not 1 <= units <= MOST_UNITS:
        raise InvalidInput([OUT_OF_RANGE.at("units", least=1, most=MOST_UNITS)])


def _require_few(line_ids: Collection[UUID]) -> None:
    if len(line_ids) > MOST_LINES:
        raise InvalidInput([TOO_MANY.at("lineIds", most=MOST_LINES)])
