"""What people do in the past of the mall, each thing by the use case that clients would call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from domain.aftersales import members as cases_of_members
from domain.aftersales import returns
from domain.aftersales import staff as cases_of_staff
from domain.aftersales.moving import Mover
from domain.aftersales.opening import open_case, preview
from domain.aftersales.returns import Finding
from domain.aftersales.rules import USUAL_TERMS, CaseWish
from domain.invoices import deciding, requesting
from domain.invoices.requesting import InvoiceWish
from domain.invoices.rules import MadeInvoice, WrittenTitle
from domain.kernel.actors import Staff
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.errors import Refused
from domain.members.words import Channel
from domain.orders.cart.actions import Wanted as CartWish
from domain.orders.cart.actions import add
from domain.orders.cart.models import EngravedText
from domain.orders.picking_up.codes import opened
from domain.orders.picking_up.models import PickUp
from domain.orders.picking_up.staff import hand_over
from domain.orders.placing.actions import place
from domain.orders.placing.values import Placed, Placement
from domain.orders.quoting import Wanted, quote
from domain.orders.shipping.receiving import Receiving, receive
from domain.orders.shipping.rules import RECEIPT_AFTER, Parcel
from domain.orders.shipping.staff import ship_order
from domain.orders.words import DeliveryMethod
from domain.payments.beginning import Begun, Counter, PaymentWish, begin
from domain.payments.ending import attempt_by_id, note_prepaid
from domain.payments.models import PaymentAttempt
from sandbox.brand.history.past import PastMall
from sandbox.brand.people import DemoMember

_T = TypeVar("_T")
_SHOP = "屿光 YUGUANG"
_HOME = DeliveryMethod.DELIVERY


@dataclass(frozen=True, slots=True)
class Want:
    """Units of a variant, and the texts that are to be engraved."""

    variant_id: UUID
    units: int = 1
    texts: tuple[EngravedText, ...] = ()


@dataclass(frozen=True, slots=True)
class Buyer:
    """A member in the past of a mall."""

    mall: PastMall
    member: DemoMember

    @property
    def key(self) -> str:
        """Who it is as one word."""
        return f"member:{self.member.id.hex}"

    async def order(
        self,
        *wants: Want,
        note: str | None = None,
        delivery: DeliveryMethod = _HOME,
        store_id: UUID | None = None,
    ) -> UUID:
        """Put things into the cart, and order them as the quote says."""
        mall, lines = self.mall, list[UUID]()
        for each in wants:
            wish = CartWish(each.variant_id, each.units, each.texts)
            async with mall.writing() as session:
                added = await add(session, self.member.id, wish, at=mall.at, random=mall.random)
            lines.append(added.line_id)
        wanted = Wanted(self.member.id, tuple(lines), delivery, store_id=store_id)
        seen = (await quote(mall.reads, wanted, at=mall.at)).seen
        assert seen is not None, (
            "the buyers and the goods were chosen so that nothing is in the way"
        )
        wish = Placement(self.member.id, self.key, Channel.MINI_PROGRAM, seen, note)
        async with mall.writing() as session:
            (placed,) = await place(session, [wish], mall.at, random=mall.random)
        return _done(placed, Placed).order_id

    async def pay(self, order_id: UUID) -> None:
        """Pay an order at WeChat Pay, of which the mall hears."""
        mall, gateway = self.mall, self.mall.gateway
        wish, counter = PaymentWish(order_id, self.member.id), Counter(gateway, _SHOP)
        async with mall.writing() as session:
            (outcome,) = await begin(session, [wish], mall.at, counter=counter, random=mall.random)
            attempt_id = _done(outcome, Begun).attempt_id
            assert attempt_id is not None
            attempt = await attempt_by_id(session, attempt_id)
            assert attempt.request is not None
            prepay_id = await gateway.prepay(attempt.request)
            await note_prepaid(session, attempt_id, prepay_id, at=mall.at)
        gateway.pay(attempt.number)
        await mall.till.applied(await gateway.query(attempt.number))

    async def receive(self, order_id: UUID, *, is_said_at_wechat: bool = True) -> None:
        """Say that all of an order has come, in the mini-program and at WeChat."""
        if is_said_at_wechat:
            self.mall.order_centre.confirm(await _payment_of(self.mall, order_id))
        wish = Receiving(order_id, self.key, self.member.id)
        async with self.mall.writing() as session:
            (outcome,) = await receive(session, [wish], self.mall.at, random=self.mall.random)
        assert not isinstance(outcome, Refused)

    async def open_case(self, order_id: UUID, wish: CaseWish) -> UUID:
        """Ask for what comes back, as it is told first."""
        mall, terms = self.mall, USUAL_TERMS
        told = await preview(mall.reads, order_id, self.member.id, wish, terms, at=mall.at)
        async with mall.writing() as session:
            case = await open_case(
                session, order_id, self.member.id, wish, (), told.plan.total_fen, self._mover
            )
        return case.case_id

    async def send_back(self, case_id: UUID, parcel: Parcel) -> None:
        """Send the goods of a case back."""
        async with self.mall.writing() as session:
            await cases_of_members.send_back(session, case_id, self.member.id, parcel, self._mover)

    async def ask_for_invoice(self, order_id: UUID, title: WrittenTitle) -> UUID:
        """Ask for the invoice of an order."""
        wish = InvoiceWish(self.member.id, order_id, title)
        async with self.mall.writing() as session:
            saved = await requesting.request(
                session, self.mall.vault, wish, at=self.mall.at, random=self.mall.random
            )
        return saved.invoice_id

    @property
    def _mover(self) -> Mover:
        return Mover(self.key, self.mall.at, self.mall.random, USUAL_TERMS)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the staff in the past of a mall."""

    mall: PastMall
    staff: Staff

    async def ship(self, order_id: UUID, parcel: Parcel, reason: str = "按时发货") -> None:
        """Send a parcel."""
        async with self.mall.writing() as session:
            await ship_order(
                session,
                order_id,
                parcel,
                reason=reason,
                receipt_after=RECEIPT_AFTER,
                by=self.mall.by(self.staff),
            )

    async def hand_over(self, order_id: UUID) -> None:
        """Hand over what the member shows the code of."""
        mall = self.mall
        async with mall.writing() as session:
            pick_up = await session.get_one(PickUp, order_id)
            code = opened(mall.vault, order_id, pick_up.code_sealed)
            await hand_over(session, mall.vault, code, by=mall.by(self.staff))

    async def approve(self, case_id: UUID, reason: str, return_to: str | None = None) -> None:
        """Grant a case."""
        async with self.mall.writing() as session:
            await cases_of_staff.approve(
                session,
                case_id,
                return_to=return_to,
                reason=reason,
                by=self.mall.by(self.staff),
                terms=USUAL_TERMS,
            )

    async def take_back(self, case_id: UUID) -> None:
        """Note that the goods of a case have come."""
        async with self.mall.writing() as session:
            await returns.receive_back(
                session,
                case_id,
                reason="仓库已签收退件",
                by=self.mall.by(self.staff),
                terms=USUAL_TERMS,
            )

    async def inspect(self, case_id: UUID, findings: Sequence[Finding], reason: str) -> None:
        """Accept what came back."""
        async with self.mall.writing() as session:
            await returns.inspect(
                session,
                case_id,
                findings,
                reason=reason,
                by=self.mall.by(self.staff),
                terms=USUAL_TERMS,
            )

    async def send_replacement(self, case_id: UUID, parcel: Parcel) -> None:
        """Send what comes in exchange."""
        async with self.mall.writing() as session:
            await returns.send_replacement(
                session,
                case_id,
                parcel,
                reason="换货已发出",
                by=self.mall.by(self.staff),
                terms=USUAL_TERMS,
            )

    async def issue_invoice(self, invoice_id: UUID, number: str, amount_fen: int) -> None:
        """Note that an invoice was made on the day that it is."""
        mall = self.mall
        made = MadeInvoice(number, None, mall.at.astimezone(SHOP_ZONE).date())
        wish = deciding.Issue(invoice_id, made, amount_fen, None)
        async with mall.writing() as session:
            await deciding.issue(session, mall.vault, wish, by=mall.by(self.staff))


async def _payment_of(mall: PastMall, order_id: UUID) -> str:
    async with mall.writing() as session:
        numbers = select(PaymentAttempt.number).where(PaymentAttempt.order_id == order_id)
        return (await session.scalars(numbers)).one()


def _done(outcome: object, type_: type[_T]) -> _T:
    """What was done; a story that is refused is a bug of its own."""
    assert isinstance(outcome, type_), outcome
    return outcome
