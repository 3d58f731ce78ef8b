"""Who is in the stories, and what they buy: people and goods of whatever size the brand has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.addresses.views import delivery_address
from domain.catalog.content import ProductKind, ProductStatus
from domain.catalog.models import Category, Product, Variant
from domain.freight.views import in_force
from domain.kernel.actors import Staff
from domain.kernel.ids import new_id
from domain.members.models import MemberIdentity
from domain.members.words import Provider
from domain.stock.models import StockLevel
from sandbox.brand.agreements import phone_of
from sandbox.brand.history.doing import Buyer, Colleague
from sandbox.brand.history.past import PastMall
from sandbox.brand.numbering import number_of
from sandbox.brand.people import DemoMember, demo_staff
from sandbox.brand.places import PLACES, place_ids
from sandbox.wechat.keeping import KeptPerson
from sandbox.wechat.people import openid_of

BUYERS = 17
_LEAST_AGE = timedelta(days=15)
_LEAST_UNITS = 6
_MOST = 600
_INITIALS = "initials"


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant that can be had at a place, and where it can be engraved."""

    variant_id: UUID
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What can be had at one place: one variant of each product, and those that are special."""

    place_id: UUID
    plain: Sequence[Goods]
    engraved: Sequence[Goods]
    virtual: Sequence[Goods]

    def at(self, place: int) -> Goods:
        """One of the plain ones, however few there are."""
        return self.plain[place % len(self.plain)]


async def shelf_at(mall: PastMall, place_id: UUID) -> Shelf:
    """What people could buy at a place since long before the past began, with some units left."""
    level = StockLevel
    found = (
        select(Variant.id, Variant.product_id, Product.personalisation, Product.kind)
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .join(level, (level.variant_id == Variant.id) & (level.place_id == place_id))
        .where(
            Product.status == ProductStatus.PUBLISHED,
            Product.member_limit.is_(None),
            Category.is_visible,
            Product.visible_until.is_(None),
            Product.visible_from < mall.ago(days=30),
            level.on_hand - level.held >= _LEAST_UNITS,
        )
        .order_by(Variant.product_id, Variant.position)
        .limit(_MOST)
    )
    async with mall.writing() as session:
        rows: Any = (await session.execute(found)).all()
    goods = dict[UUID, tuple[ProductKind, Goods]]()
    for key, product_id, fields, kind in rows:
        codes = frozenset(each.code for each in fields)
        goods.setdefault(product_id, (kind, Goods(key, codes)))
    physical = [each for kind, each in goods.values() if kind is ProductKind.PHYSICAL]
    return Shelf(
        place_id,
        [each for each in physical if not each.fields],
        [each for each in physical if _INITIALS in each.fields],
        [each for kind, each in goods.values() if kind is ProductKind.VIRTUAL],
    )


async def buyers_of(mall: PastMall, members: Sequence[DemoMember]) -> list[Buyer]:
    """The first members to whom things are delivered, each with a name that no other one has.

    From now on WeChat knows them, and the mall knows them by that.
    """
    async with mall.writing() as session:
        arrangement = await in_force(session)
    chosen, names = list[Buyer](), set[str]()
    for member in members:
        address = await delivery_address(mall.reads, member.id, None)
        if address is None or member.name in names or member.age < _LEAST_AGE:
            continue
        if arrangement.rule_for(address.region_code).is_delivered:
            names.add(member.name)
            chosen.append(Buyer(mall, member))
        if len(chosen) == BUYERS:
            break
    await _introduce(mall, [each.member for each in chosen])
    return chosen


async def _introduce(mall: PastMall, members: Sequence[DemoMember]) -> None:
    async with mall.writing() as session:
        session.add_all(
            MemberIdentity(
                id=new_id(mall.present - each.age, mall.random),
                member_id=each.id,
                provider=Provider.WECHAT_MINI_PROGRAM,
                app_id=mall.gateway.app_id,
                subject=openid_of(mall.gateway.app_id, each.name),
                unionid=None,
                created_at=mall.present - each.age,
                last_seen_at=mall.present - each.age,
            )
            for each in members
        )
    mall.gateway.kept.people += [
        KeptPerson(each.name, phone=phone_of(number_of(each.id))) for each in members
    ]


class Shop:
    """The staff of the brand who are in the stories, by their logins."""

    def __init__(self, mall: PastMall, seed: int) -> None:
        self._mall = mall
        self._staff = {each.login: (key, each) for key, each in demo_staff(seed)}
        self._places = dict(zip((each.code for each in PLACES), place_ids(seed), strict=True))

    def place(self, code: str) -> UUID:
        """The place with that code."""
        return self._places[code]

    def colleague(self, login: str, place: str | None = None) -> Colleague:
        """Somebody of the staff, at a place where they work in a store."""
        key, told = self._staff[login]
        stores = frozenset({self.place(place)}) if place else None
        return Colleague(self._mall, Staff(key, told.name, told.role, store_ids=stores))
