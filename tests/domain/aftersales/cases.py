"""Orders that are paid and sent, and cases of them."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain.aftersales import members, returns, staff
from domain.aftersales.audit import INVARIANTS as CASES
from domain.aftersales.members import CaseDone
from domain.aftersales.models import Case
from domain.aftersales.moving import Mover
from domain.aftersales.opening import Opened, Preview, open_case, preview
from domain.aftersales.refunds import settle
from domain.aftersales.repaying import refund_exchange
from domain.aftersales.returns import Finding
from domain.aftersales.rules import USUAL_TERMS, CaseTerms, CaseWish, LineWish
from domain.aftersales.words import CaseKind, CaseReason, CaseStatus
from domain.kernel.actors import By, Role, Staff
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.orders.audit import INVARIANTS as ORDERS
from domain.orders.earning.audit import INVARIANTS as EARNING
from domain.orders.points_audit import INVARIANTS as ORDER_POINTS
from domain.orders.refunding.audit import INVARIANTS as REFUNDING
from domain.orders.shipping.audit import INVARIANTS as SHIPPING
from domain.orders.shipping.rules import Parcel
from domain.orders.words import Carrier
from domain.payments.audit import INVARIANTS as PAYMENTS
from domain.points.audit import INVARIANTS as POINTS
from domain.stock.audit import INVARIANTS as STOCK
from tests.domain.payments.returns import Sold
from tests.make import an_id

RANDOM = Random(17)
PARCEL = Parcel(Carrier.SF, "SF9080706050")
SAY_NO = "已使用"
"""What the member is told where a case is refused."""
WAITING = CaseTerms(is_instant=False)
"""Terms by which the staff answer everything."""


def units(
    line: int, some: int, replacement: UUID | None = None, *, by: UUID | None = None
) -> LineWish:
    """A wish for units of a line, or for those that came in exchange ``by`` a case of it."""
    other = replacement.hex if replacement else None
    return LineWish(line, some, replacement=other, exchange=by.hex if by else None)


def wish(
    *lines: LineWish,
    kind: CaseKind = CaseKind.REFUND,
    reason: CaseReason = CaseReason.NOT_WANTED,
) -> CaseWish:
    """What somebody asks for."""
    return CaseWish(kind, reason, lines)


@dataclass
class Counter:
    """Where somebody asks for things of an order, and the staff answer."""

    sold: Sold
    terms: CaseTerms = USUAL_TERMS
    clerk: Staff = field(default_factory=lambda: Staff(an_id(), "小林", Role.OPERATOR))

    @property
    def database(self) -> Database:
        """The database."""
        return self.sold.database

    @property
    def member(self) -> Mover:
        """The member as who moves cases."""
        return Mover(f"member:{self.sold.member_id.hex}", self.sold.clock.now, RANDOM, self.terms)

    @property
    def by(self) -> By:
        """Somebody of the staff."""
        return By(self.clerk, self.sold.clock.now, RANDOM)

    async def seen(self, wanted: CaseWish) -> int:
        """What the preview says comes back."""
        return (await self.preview(wanted)).plan.total_fen

    async def preview(self, wanted: CaseWish) -> Preview:
        """What the preview says."""
        sold = self.sold
        return await preview(
            sold.database.reads,
            sold.order_id,
            sold.member_id,
            wanted,
            self.terms,
            at=sold.clock.now,
        )

    async def open(self, wanted: CaseWish, seen_fen: int | None = None) -> UUID:
        """Ask for it, by the figure of the preview."""
        seen = await self.seen(wanted) if seen_fen is None else seen_fen
        async with self.database.writes.begin() as session:
            opened = await open_case(
                session, self.sold.order_id, self.sold.member_id, wanted, [], seen, self.member
            )
        assert isinstance(opened, Opened)
        return opened.case_id

    async def approve(self, case_id: UUID) -> CaseDone:
        """Agree."""
        async with self.database.writes.begin() as session:
            return await staff.approve(
                session, case_id, return_to="仓库", reason="同意", by=self.by, terms=self.terms
            )

    async def refuse(self, case_id: UUID) -> CaseDone:
        """Say no."""
        async with self.database.writes.begin() as session:
            return await staff.refuse(
                session, case_id, reason=SAY_NO, pictures=[], by=self.by, terms=self.terms
            )

    async def cancel(self, case_id: UUID) -> CaseDone:
        """Take it back."""
        async with self.database.writes.begin() as session:
            return await members.cancel(session, case_id, self.sold.member_id, self.member)

    async def send_back(self, case_id: UUID) -> CaseDone:
        """Send the goods back."""
        async with self.database.writes.begin() as session:
            return await members.send_back(
                session, case_id, self.sold.member_id, PARCEL, self.member
            )

    async def receive(self, case_id: UUID) -> CaseDone:
        """Note that they have come."""
        async with self.database.writes.begin() as session:
            return await returns.receive_back(
                session, case_id, reason="签收", by=self.by, terms=self.terms
            )

    async def inspect(self, case_id: UUID, *findings: Finding) -> CaseDone:
        """Accept them."""
        async with self.database.writes.begin() as session:
            return await returns.inspect(
                session, case_id, findings, reason="完好", by=self.by, terms=self.terms
            )

    async def repay(self, case_id: UUID) -> CaseDone:
        """Give money in the place of what cannot come in exchange."""
        async with self.database.writes.begin() as session:
            return await refund_exchange(
                session, case_id, reason="缺货", by=self.by, terms=self.terms
            )

    async def replace(self, case_id: UUID) -> CaseDone:
        """Send what comes in exchange."""
        async with self.database.writes.begin() as session:
            return await returns.send_replacement(
                session, case_id, PARCEL, reason="寄出", by=self.by, terms=self.terms
            )

    async def paid_back(self, case_id: UUID) -> None:
        """Let the money come back, and note it."""
        await self.sold.run()
        async with self.database.writes.begin() as session:
            assert await settle(session, case_id, self.member)

    async def case(self, case_id: UUID) -> Case:
        """The case's row."""
        async with self.database.writes() as session:
            return (await session.scalars(select(Case).where(Case.id == case_id))).one()

    async def status(self, case_id: UUID) -> CaseStatus:
        """How far it has come."""
        return (await self.case(case_id)).status

    def later(self, **time: float) -> None:
        """Let time go by."""
        self.sold.clock.now += timedelta(**time)


async def broken(database: Database) -> dict[str, int]:
    """How many rows break each invariant that is broken."""
    every = (
        *CASES, *ORDERS, *SHIPPING, *REFUNDING, *PAYMENTS, *STOCK, *POINTS, *EARNING, *ORDER_POINTS,
    )  # fmt: skip
    async with database.writes() as session:
        found = {
            invariant.name: len([row async for row in violations(session, invariant)])
            for invariant in every
        }
    return {name: rows for name, rows in found.items() if rows}
