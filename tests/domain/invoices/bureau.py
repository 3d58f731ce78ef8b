"""Orders that are paid, refunds of parts of them, and what is asked for and made."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import insert, select

from domain.catalog.models import Variant
from domain.invoices.deciding import Issue, issue
from domain.invoices.models import InvoiceRefund, InvoiceRequest
from domain.invoices.refunding import take_in_refunds
from domain.invoices.requesting import InvoiceWish, request
from domain.invoices.rules import MadeInvoice, WrittenTitle, judged_title
from domain.invoices.sealing import sealed_content
from domain.invoices.words import InvoiceStatus, RefundEffect, TitleKind
from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import Database
from domain.kernel.sealing import Vault, master_keys
from domain.members.models import Member
from domain.orders.placing.values import Placed
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.words import RefundReason, RefundStatus
from tests import make, make_orders
from tests.conftest import MASTER_KEY
from tests.domain.orders.buying import Shop
from tests.domain.payments.purchases import an_order
from tests.domain.payments.tills import MemoryGateway, a_till, prepaid
from tests.make import NOON

RANDOM = Random(17)
VAULT = Vault(master_keys(MASTER_KEY))
"""What the malls of tests seal with."""
PERSON = WrittenTitle(TitleKind.PERSONAL, "林晓", None, "lin.xiao@example.cn")
COMPANY = WrittenTitle(
    TitleKind.COMPANY, "山茶（上海）香氛有限公司", "91310000MA1FL1LU0B", "books@camellia.example"
)
TODAY = NOON.date()
CLERK = Staff(make.an_id(), "孙会计", Role.FINANCE, make.an_id())


def by(at: datetime = NOON) -> By:
    """Somebody who keeps the books."""
    return By(CLERK, at, RANDOM)


async def a_paid_order(
    database: Database, shop: Shop, gateway: MemoryGateway, units: int = 1
) -> tuple[UUID, Placed]:
    """Somebody, and an order that they have paid."""
    member, order = await an_order(database, shop, units)
    number = await prepaid(database, member, order, gateway)
    await a_till(database, gateway).applied(gateway.pay(number))
    return member, order


async def gone_back(
    database: Database, order_id: UUID, fen: int, *, is_told: bool = True, at: datetime = NOON
) -> UUID:
    """Some of an order's money has gone back; ``is_told`` where the fact was acted on."""
    refund_id = make.an_id()
    async with database.writes.begin() as session:
        attempts = select(PaymentAttempt).where(PaymentAttempt.order_id == order_id)
        attempt = (await session.scalars(attempts)).one()
        ordinal = len(
            list(
                await session.scalars(
                    select(PaymentRefund.id).where(PaymentRefund.attempt_id == attempt.id)
                )
            )
        )
        await session.execute(
            insert(PaymentRefund).values(
                id=refund_id,
                attempt_id=attempt.id,
                ordinal=ordinal + 1,
                number=f"{attempt.number}-R{ordinal + 1}",
                reason=RefundReason.LATE_PAYMENT,
                amount_fen=fen,
                status=RefundStatus.SUCCEEDED,
                created_at=at,
                payer_fen=fen,
                finished_at=at + timedelta(seconds=ordinal),
            )
        )
    if is_told:
        await tell(database, [refund_id])
    return refund_id


async def tell(database: Database, refunds: Sequence[UUID]) -> None:
    """Act on the facts of refunds."""
    async with database.writes.begin() as session:
        await take_in_refunds(session, refunds, at=NOON, random=RANDOM)


async def asked(
    database: Database, member: UUID, order_id: UUID, title: WrittenTitle = PERSON
) -> UUID:
    """A request for the invoice of an order."""
    wish = InvoiceWish(member, order_id, title)
    async with database.writes.begin() as session:
        saved = await request(session, VAULT, wish, at=NOON, random=RANDOM)
    return saved.invoice_id


async def issued(
    database: Database, invoice_id: UUID, fen: int, number: str = "25312000000000000001"
) -> None:
    """An invoice was made."""
    made = MadeInvoice(number, None, TODAY)
    wish = Issue(invoice_id, made, fen, "https://tax.example/a.pdf")
    async with database.writes.begin() as session:
        await issue(session, VAULT, wish, by=by())


async def the_request(database: Database, invoice_id: UUID) -> InvoiceRequest:
    """A request as it is kept."""
    async with database.writes() as session:
        return await session.get_one(InvoiceRequest, invoice_id)


async def effects(database: Database, invoice_id: UUID) -> list[tuple[RefundEffect, int]]:
    """What refunds have done to a request, in their order."""
    async with database.writes() as session:
        rows = await session.scalars(
            select(InvoiceRefund)
            .where(InvoiceRefund.invoice_id == invoice_id)
            .order_by(InvoiceRefund.position)
        )
        return [(each.effect, each.fen) for each in rows]


async def everybody_has_asked(database: Database) -> None:
    """Each member has an order and an open request for its invoice, written as rows alone."""
    async with database.writes.begin() as session:
        variant = (await session.scalars(select(Variant.id).limit(1))).one()
        for member in (await session.scalars(select(Member.id))).all():
            order = await make_orders.an_order(session, member, variant)
            key = make.an_id()
            request = InvoiceRequest(
                id=key,
                order_id=order.id,
                member_id=member,
                title_kind=PERSON.kind,
                sealed=sealed_content(VAULT, key, judged_title(PERSON), random=RANDOM),
                status=InvoiceStatus.REQUESTED,
                paid_fen=order.payable_fen,
                requested_at=NOON,
            )
            session.add(request)
            await session.flush()
