"""What owners send about accounts, staff about their own, and auditors about the trail."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.ids import key
from domain.kernel.actors import Role
from domain.kernel.errors import BadInput
from domain.kernel.ids import key_of
from domain.kernel.language import Sentence
from domain.staff.account_views import AccountFilter
from domain.staff.accounts import STAFF, AccountChanges
from domain.staff.trail_views import PAD, EntryFilter
from domain.stores.views import PLACE

_REQUEST_ID = (
    "An id of the client's own for this request: sent again, it gets the first answer, without "
    "what is told once."
)
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."
_STAFF = "Whose account."
_CURRENT = "The password that they sign in with now."
_STORES = "The stores that they work in: at least one for guides and store managers, else none."
_NOT_A_SUBJECT = Sentence(
    zh="参数 filter.subjectId 不是有效的编号。", en="The argument filter.subjectId is not an id."
)


@strawberry.input(description="Somebody who begins to work here.")
class CreateStaffInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    login: str = strawberry.field(
        description="3 to 50 letters, digits, dots, hyphens and underscores; capitals do not count."
    )
    name: str = strawberry.field(description="What colleagues read; at most 40 characters.")
    role: Role = strawberry.field(description="What they are in charge of.")
    store_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description=_STORES)

    @property
    def store_keys(self) -> list[UUID]:
        """The stores' keys; a BAD_INPUT fault for an id that is none."""
        return [key(each, PLACE, argument="storeIds") for each in self.store_ids]


@strawberry.input(description="An account.")
class StaffInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    staff_id: strawberry.ID = strawberry.field(description=_STAFF)

    @property
    def staff_key(self) -> UUID:
        """The account's key; a BAD_INPUT fault for an id that is none."""
        return key(self.staff_id, STAFF, argument="staffId")


@strawberry.input(description="Changes to an account; what is left out stays as it is.")
class EditStaffInput(StaffInput):
    revision: int = strawberry.field(
        description="The revision at which it was read, so that nobody's change is overwritten "
        "unseen."
    )
    name: str | None = strawberry.field(
        default=None, description="What colleagues read; at most 40 characters."
    )
    role: Role | None = strawberry.field(
        default=None, description="What they are in charge of; another one ends their sessions."
    )
    store_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description=f"{_STORES} Others end their sessions."
    )

    def changes(self) -> AccountChanges:
        """What changes; a BAD_INPUT fault for an id that is none."""
        ids = self.store_ids
        stores = None if ids is None else [key(each, PLACE, argument="storeIds") for each in ids]
        return AccountChanges(self.name, self.role, stores)


@strawberry.input(description="Somebody to keep out.")
class BlockStaffInput(StaffInput):
    block_reason: str = strawberry.field(description="What they are told, at most 200 characters.")


@strawberry.input(description="Another password of one's own.")
class ChangePasswordInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    current_password: str = strawberry.field(description=_CURRENT)
    password: str = strawberry.field(
        description="The new one, of 10 to 128 characters, and not easy to guess."
    )


@strawberry.input(description="A PIN of one's own.")
class SetPinInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    current_password: str = strawberry.field(description=_CURRENT)
    pin: str = strawberry.field(description="Six digits, not all the same and not in a row.")


@strawberry.input(description="A change of what one signs in with.")
class OwnAccountInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    current_password: str = strawberry.field(description=_CURRENT)


@strawberry.input(description="A code that the new authenticator shows.")
class ConfirmAuthenticatorInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    code: str = strawberry.field(description="The six digits.")


@strawberry.input(description="Which accounts to list; what is left out does not matter.")
class StaffFilterInput:
    role: Role | None = strawberry.field(default=None, description="Those in this role.")
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those who work in this store."
    )
    search: str | None = strawberry.field(
        default=None, description="Those whose login begins so, or whose name has it in it."
    )
    is_blocked: bool | None = strawberry.field(
        default=None, description="Those who are kept out, or those who are not."
    )

    def wanted(self) -> AccountFilter:
        """The domain's filter; a BAD_INPUT fault for an id that is none."""
        store = self.store_id
        return AccountFilter(
            role=self.role,
            store_id=key(store, PLACE, argument="filter.storeId") if store is not None else None,
            search=self.search.strip().lower() if self.search else None,
            is_blocked=self.is_blocked,
        )


@strawberry.input(description="Which entries to list; what is left out does not matter.")
class AuditFilterInput:
    actor_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those of this member of the staff."
    )
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those about this thing: the id of a product, a member, …"
    )
    action: str | None = strawberry.field(
        default=None,
        description="Those of this action, `product.edit`; with a dot at the end all that begin "
        "so, `product.`.",
    )
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those from pads of this store."
    )
    pad_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those from this pad."
    )
    since: datetime | None = strawberry.field(
        default=None, description="Those from this moment on."
    )
    until: datetime | None = strawberry.field(default=None, description="Those before this moment.")

    def wanted(self) -> EntryFilter:
        """The domain's filter, of the whole trail; a BAD_INPUT fault for an id that is none."""
        actor, store, pad = self.actor_id, self.store_id, self.pad_id
        subject = self.subject_id
        return EntryFilter(
            actor_id=key(actor, STAFF, argument="filter.actorId") if actor is not None else None,
            subject=_subject(subject) if subject is not None else None,
            action=self.action,
            store_id=key(store, PLACE, argument="filter.storeId") if store is not None else None,
            pad_id=key(pad, PAD, argument="filter.padId") if pad is not None else None,
            since=self.since,
            until=self.until,
        )


def _subject(public: str) -> tuple[str, UUID]:
    kind = public.rpartition("_")[0]
    subject = key_of(public, kind)
    if subject is None:
        raise BadInput(_NOT_A_SUBJECT)
    return kind, subject
