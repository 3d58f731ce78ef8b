"""What operators do to offers: publishing, changing and withdrawing them."""

from uuid import UUID

import msgspec
from sqlalchemy import select

from domain.catalog.models import Product, Variant
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.epochs import Subject, next_epoch
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.ids import new_id
from domain.kernel.problems import NOT_FOUND
from domain.orders.cart.personalisation import fits
from domain.orders.redeeming.actions import NOT_THIS_WAY
from domain.orders.redeeming.errors import OfferChanged, OfferUnavailable
from domain.orders.redeeming.models import PointsOffer
from domain.orders.redeeming.rules import OfferTerms, problems_of
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_SUBJECT = "points_offer"


class OfferSaved(msgspec.Struct, frozen=True):
    """An offer that was written, and its revision now."""

    offer_id: UUID
    revision: int


async def publish(
    session: WriteSession, variant_id: UUID, terms: OfferTerms, *, reason: str, by: By
) -> OfferSaved:
    """Offer units of a variant for points. Refuses: InvalidInput.

    The product may be a draft still: what cannot be seen is not shown, and not redeemed.
    """
    price_fen, problems = await _priced(session, variant_id)
    problems += [*problems_of(terms, price_fen=price_fen)] if not problems else []
    problems += problems_of_reason(reason)
    if problems:
        raise InvalidInput(problems)
    offer = PointsOffer(
        id=new_id(by.at, by.random), variant_id=variant_id, revision=1, **_columns(terms)
    )
    session.add(offer)
    await session.flush()
    after = {"variant_id": variant_id} | msgspec.to_builtins(terms)
    change = Change("points_offer.publish", _SUBJECT, offer.id, None, after, reason)
    return await _written(session, offer, change, by)


async def change(
    session: WriteSession, offer_id: UUID, revision: int, terms: OfferTerms, *, reason: str, by: By
) -> OfferSaved:
    """Say something else of an offer; orders of it stay as they are. Terms that it has change none.

    Refuses: OfferUnavailable also for one that was withdrawn, OfferChanged, InvalidInput.
    """
    offer = await _locked(session, offer_id, revision)
    price_fen, problems = await _priced(session, offer.variant_id)
    problems += problems_of(terms, price_fen=price_fen, taken=offer.taken)
    problems += problems_of_reason(reason)
    if problems:
        raise InvalidInput(problems)
    before = _terms(offer)
    if before == terms:
        return OfferSaved(offer.id, offer.revision)
    for key, value in _columns(terms).items():
        setattr(offer, key, value)
    offer.revision += 1
    told = msgspec.to_builtins(before), msgspec.to_builtins(terms)
    return await _written(
        session, offer, Change("points_offer.change", _SUBJECT, offer.id, *told, reason), by
    )


async def withdraw(
    session: WriteSession, offer_id: UUID, revision: int, *, reason: str, by: By
) -> OfferSaved:
    """End an offer for good; orders of it stay as they are.

    Refuses: OfferUnavailable also for one that was withdrawn, OfferChanged, InvalidInput.
    """
    offer = await _locked(session, offer_id, revision)
    problems = [*problems_of_reason(reason)]
    if problems:
        raise InvalidInput(problems)
    offer.withdrawn_at = by.at
    offer.revision += 1
    before, after = {"withdrawn_at": None}, {"withdrawn_at": by.at}
    return await _written(
        session,
        offer,
        Change("points_offer.withdraw", _SUBJECT, offer.id, before, after, reason),
        by,
    )


async def _locked(session: WriteSession, offer_id: UUID, revision: int) -> PointsOffer:
    offer = await session.scalar(
        select(PointsOffer)
        .where(PointsOffer.id == offer_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if offer is None or offer.withdrawn_at is not None:
        raise OfferUnavailable
    if offer.revision != revision:
        raise OfferChanged(offer.revision)
    return offer


async def _priced(session: WriteSession, variant_id: UUID) -> tuple[int, list[Problem]]:
    """What a unit of the variant costs, and what keeps it from being offered."""
    row = (
        await session.execute(
            select(Variant.price_fen, Product.personalisation)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id == variant_id, Variant.position.is_not(None))
        )
    ).one_or_none()
    if row is None:
        return 0, [NOT_FOUND.at("variantId")]
    price_fen, fields = row
    # Nobody says texts when redeeming, so what needs some cannot be offered.
    return price_fen.fen, [] if fits(fields, ()) else [NOT_THIS_WAY.at("variantId")]


def _columns(terms: OfferTerms) -> dict[str, object]:
    return {key: getattr(terms, key) for key in OfferTerms.__struct_fields__}


def _terms(offer: PointsOffer) -> OfferTerms:
    return OfferTerms(
        points=offer.points,
        cash_fen=offer.cash_fen,
        allocated=offer.allocated,
        member_limit=offer.member_limit,
        opens_at=offer.opens_at,
        closes_at=offer.closes_at,
        is_hidden=offer.is_hidden,
    )


async def _written(session: WriteSession, offer: PointsOffer, change: Change, by: By) -> OfferSaved:
    """Write the change and its trail; what the public sees of offers is of the catalogue."""
    await session.flush()
    await session.execute(select(next_epoch(Subject.CATALOG)))
    await record(session, by.staff, change, at=by.at, random=by.random)
    return OfferSaved(offer.id, offer.revision)
