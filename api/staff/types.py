"""The GraphQL types of the staff's accounts and of the audit trail."""

from datetime import datetime

import strawberry

from api.limits import sized
from api.node import Node
from api.staff.roles import Role
from api.stores.types import PlaceType
from domain.staff.account_views import AccountView
from domain.staff.trail_views import ActorView, EntryView, PadView


@strawberry.type(description="The account of a member of the staff: how they can sign in.")
class StaffAccount(Node):
    login: str = strawberry.field(description="What they sign in as; never another one's.")
    name: str = strawberry.field(description="What colleagues and members read.")
    role: Role = strawberry.field(description="What they are in charge of.")
    stores: list[PlaceType] = strawberry.field(
        description="The stores that they work in, by code; none for the whole mall. At most 100.",
        metadata=sized(3),
    )
    created_at: datetime = strawberry.field(description="When the account was made.")
    blocked_at: datetime | None = strawberry.field(description="Since when they are kept out.")
    block_reason: str | None = strawberry.field(description="What they are told about that.")
    revision: int = strawberry.field(description="Goes up with each change.")
    has_password: bool = strawberry.field(description="Whether they can sign in in a browser.")
    is_password_temporary: bool = strawberry.field(
        description="Whether somebody else chose the password: it is changed at the next sign-in."
    )
    password_locked_until: datetime | None = strawberry.field(
        description="Until when no password is taken, after too many wrong ones."
    )
    has_pin: bool = strawberry.field(description="Whether they can sign in at pads.")
    pin_locked_until: datetime | None = strawberry.field(
        description="Until when no PIN is taken, after too many wrong ones."
    )
    has_authenticator: bool = strawberry.field(
        description="Whether signing in takes a code of an authenticator app, too."
    )
    recovery_codes_left: int = strawberry.field(
        description="How many codes are left that take the place of a lost authenticator."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, AccountView)


@strawberry.type(description="Who made a change, as they were called then.")
class AuditActor(Node):
    name: str = strawberry.field(description="What they were called when they did it.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ActorView)


@strawberry.type(description="The pad at which a change was made.")
class AuditPad(Node):
    name: str | None = strawberry.field(
        description="What it is called now; null where it is not known any more."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PadView)


@strawberry.type(description="One field that a change has changed.")
class AuditChange:
    field: str = strawberry.field(description="The field's name.")
    before: str | None = strawberry.field(
        description="What it was: a text as it is, anything else as JSON; null where it was not."
    )
    after: str | None = strawberry.field(
        description="What it is now: a text as it is, anything else as JSON; null where it is not."
    )


@strawberry.type(description="A change that a member of the staff made; written once and for good.")
class AuditEntry(Node):
    at: datetime = strawberry.field(description="When.")
    actor: AuditActor = strawberry.field(description="Who.")
    pad: AuditPad | None = strawberry.field(description="At which pad, where it was at one.")
    store: PlaceType | None = strawberry.field(description="In which store, where it was in one.")
    action: str = strawberry.field(description="What was done: `product.edit`.")
    subject_kind: str = strawberry.field(description="The kind of what was changed: `product`.")
    subject_id: strawberry.ID = strawberry.field(description="The id of what was changed.")
    changes: list[AuditChange] = strawberry.field(
        description="The fields that changed; none where something was only told or asked for.",
        metadata=sized(5),
    )
    reason: str = strawberry.field(description="Why, in the words of whoever did it.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, EntryView)
