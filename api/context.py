"""What a resolver may know of the request that it answers, and how it writes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from random import Random
from typing import TypeVar, cast
from uuid import UUID

import msgspec
import strawberry
from graphql import FieldNode, FragmentDefinitionNode

from api import writing
from api.aftersales.desk import CaseDesk
from api.compiled.plans import PlannedInfo
from api.members.desk import MemberDesk
from api.messages.desk import TemplateDesk
from api.orders.desk import TextDesk
from api.orders.order_watch import OrderWatch
from api.orders.ordering import Ordering
from api.payments.desk import PaymentDesk
from api.points.desk import PointsDesk
from api.sessions.watch import SessionWatch
from api.staff.desk import StaffDesk
from api.uploads.desk import UploadDesk
from api.writing import UseCase
from domain.kernel.actors import Actor, Member, Pad, Partner, Role, Scope, Staff
from domain.kernel.clock import Clock
from domain.kernel.db import ReadPool, WriteSession
from domain.kernel.errors import Forbidden, Refused, Unauthenticated
from domain.kernel.idempotency import RequestKey, fingerprint
from domain.kernel.language import Language

A = TypeVar("A")
C = TypeVar("C")


class Context(msgspec.Struct, frozen=True):
    """One request: by whom and in which language, on which pools, at what time.

    ``random`` is a source whose ids cannot be guessed; pictures lie under ``media_url``,
    and ``uploads`` is where new ones come from. ``members`` opens and verifies phones;
    ``session_watch`` and ``order_watch`` tell what happens to sessions and orders; ``staff_desk``
    hashes what staff sign in with; ``ordering`` places orders and cancels them, ``texts`` judges
    what members want engraved. ``payments`` takes them to the gateway, and ``templates`` are those
    of messages outside the mall; ``cases`` has the terms of after-sales, ``points`` the limits of
    adjustments.
    """

    language: Language
    actor: Actor | None
    reads: ReadPool
    writes: writing.Writes
    clock: Clock
    random: Random
    media_url: str
    uploads: UploadDesk
    members: MemberDesk
    session_watch: SessionWatch
    order_watch: OrderWatch
    staff_desk: StaffDesk
    ordering: Ordering
    texts: TextDesk
    payments: PaymentDesk
    templates: TemplateDesk
    cases: CaseDesk
    points: PointsDesk

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self.clock()

    def signed_in(self) -> Actor:
        """Whoever is signed in; an UNAUTHENTICATED fault where nobody is."""
        if self.actor is None:
            raise Unauthenticated
        return self.actor

    def member(self) -> Member:
        """The member who is signed in. Faults: UNAUTHENTICATED, FORBIDDEN for anybody else."""
        actor = self.signed_in()
        if not isinstance(actor, Member):
            raise Forbidden
        return actor

    def staff(self, *roles: Role) -> Staff:
        """The member of the staff who is signed in, in one of the roles where any are named.

        Not at a pad: what may be done there is declared as such. Faults: UNAUTHENTICATED,
        FORBIDDEN.
        """
        actor = self.signed_in()
        if not isinstance(actor, Staff) or actor.pad is not None:
            raise Forbidden
        if roles and actor.role not in roles:
            raise Forbidden
        return actor

    def staff_anywhere(self) -> Staff:
        """The member of the staff who is signed in, in a browser or at a pad. Faults: as `staff`.

        For what tells them about themselves alone.
        """
        actor = self.signed_in()
        if not isinstance(actor, Staff):
            raise Forbidden
        return actor

    def staff_at_pad(self) -> Staff:
        """The member of the staff who is signed in at a pad. Faults: as `staff`."""
        actor = self.signed_in()
        if not isinstance(actor, Staff) or actor.pad is None:
            raise Forbidden
        return actor

    def member_or_staff(self) -> Member | Staff:
        """A person, and no partner's system. Faults: UNAUTHENTICATED, FORBIDDEN."""
        actor = self.signed_in()
        return actor if isinstance(actor, Member) else self.staff()

    def operator(self) -> Staff:
        """Staff in charge of the mall: an operator or the owner. Faults: as `staff`."""
        return self.staff(Role.OPERATOR, Role.OWNER)

    def staff_or_partner(self, scope: Scope) -> Staff | Partner:
        """Staff, or a partner with the scope. Faults: UNAUTHENTICATED, FORBIDDEN."""
        actor = self.signed_in()
        if isinstance(actor, Partner) and scope in actor.scopes:
            return actor
        return self.staff()

    def pad(self) -> Pad:
        """The pad that asks, by itself or through the staff at it. Faults: as `staff`."""
        actor = self.signed_in()
        pad = actor.pad if isinstance(actor, Staff) else actor
        if not isinstance(pad, Pad):
            raise Forbidden
        return pad

    def stock_reader(self) -> Actor:
        """Staff, a pad, or a partner that may read stock. Faults: UNAUTHENTICATED, FORBIDDEN."""
        actor = self.signed_in()
        if isinstance(actor, Pad) or (isinstance(actor, Staff) and actor.pad is not None):
            return actor
        return self.staff_or_partner(Scope.STOCK_READ)

    def places_in_reach(self) -> frozenset[UUID] | None:
        """The places that the caller may see: a pad those of its store, others (None) all."""
        actor = self.signed_in()
        pad = actor.pad if isinstance(actor, Staff) else actor
        return frozenset({pad.store_id}) if isinstance(pad, Pad) else None

    def writing(self) -> AbstractAsyncContextManager[WriteSession]:
        """One transaction without a key: `api.writing.writing`."""
        return writing.writing(self.writes)

    async def once(
        self,
        operation: str,
        request_id: UUID,
        given: object,
        act: UseCase[A],
        *,
        answer: type[A],
    ) -> A:
        """Carry a mutation of whoever is signed in out once: `api.writing.once`.

        ``given`` is the mutation's whole input: the same id with another one is KEY_REUSED.
        Raises what the use case refuses, UNAUTHENTICATED, `Busy` and KEY_REUSED.
        """
        key = self.request_key(operation, request_id, given)
        return await writing.once(self.writes, key, act, answer=answer, at=self.now())

    async def once_after(
        self,
        operation: str,
        request_id: UUID,
        given: object,
        call: Callable[[], Awaitable[C]],
        act: Callable[[WriteSession, C], Awaitable[A | Refused]],
        *,
        answer: type[A],
    ) -> A:
        """As `once`, of a mutation that asks a service outside first: `api.writing.once_after`."""
        key = self.request_key(operation, request_id, given)
        return await writing.once_after(self.writes, key, call, act, answer=answer)

    def request_key(self, operation: str, request_id: UUID, given: object) -> RequestKey:
        """What makes a request of whoever is signed in the same as another one."""
        digest = fingerprint(msgspec.to_builtins(given, enc_hook=_plain), self.members.vault)
        return RequestKey(self.signed_in().key, operation, request_id, digest)


class Info(strawberry.Info[Context, None]):
    """What strawberry knows of a field, and the part of the document that it stands for."""

    @property
    def field_nodes(self) -> Sequence[FieldNode]:
        """Where the field stands in the document: several nodes, when it is asked twice."""
        return self._raw_info.field_nodes

    @property
    def fragments(self) -> Mapping[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        return self._raw_info.fragments

    @property
    def planned(self) -> frozenset[str] | None:
        """What a compiled plan knows to be selected below the field; None without a plan."""
        return self._raw_info.selected if isinstance(self._raw_info, PlannedInfo) else None


def _plain(value: object) -> object:
    """Strawberry's values in an input: a field that is given, perhaps null, or not given."""
    if isinstance(value, strawberry.Some):
        given = cast("strawberry.Some[object]", value)
        return {"given": [given.value]}
    if value is strawberry.UNSET:
        return None
    # What msgspec asks of its hook for a type that it is told nothing of.
    raise NotImplementedError(type(value))
