"""What owners do to the accounts of the staff, all of it in the audit trail."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Context, Info
from api.refusals import root_mutation
from api.staff import results
from api.staff.inputs import BlockStaffInput, CreateStaffInput, EditStaffInput, StaffInput
from domain.kernel.actors import By, Role
from domain.kernel.db import WriteSession
from domain.kernel.errors import Unauthenticated
from domain.sessions import actions as sessions
from domain.sessions.rules import EndReason
from domain.staff import account_views, accounts
from domain.staff.account_views import AccountView
from domain.staff.accounts import NewAccount, SavedAccount
from domain.staff.errors import StaffUnavailable

_Input = strawberry.argument(name="input", description="Whom, what, and why.")


@strawberry.type
class StaffAccountMutation:
    """Changes of accounts by an owner."""

    @root_mutation(
        access=Access.OWNER,
        graphql_type=results.CreateStaffResult,
        description="Let somebody work here, with a password that is told once.",
    )
    async def create_staff(
        self, info: Info, given: Annotated[CreateStaffInput, _Input]
    ) -> results.TemporaryPasswordToldView:
        context, by, store_keys = info.context, _by(info), given.store_keys
        password = accounts.temporary_password(context.random)
        hashed = await context.staff_desk.hashing.hashed(password)
        new = NewAccount(given.login, given.name, given.role, store_keys, hashed)
        told: list[str] = []

        async def act(session: WriteSession) -> SavedAccount:
            saved = await accounts.create_account(session, new, reason=given.reason, by=by)
            told.append(password)
            return saved

        saved = await context.once("createStaff", given.request_id, given, act, answer=SavedAccount)
        account = await account_of(context, saved.staff_id)
        return results.TemporaryPasswordToldView(account, told[0] if told else None)

    @root_mutation(
        access=Access.OWNER,
        graphql_type=results.EditStaffResult,
        description="Change a name, a role and stores; another role or other stores end all of "
        "their sessions.",
    )
    async def edit_staff(
        self, info: Info, given: Annotated[EditStaffInput, _Input]
    ) -> results.StaffSavedView:
        staff_key, changes, by = given.staff_key, given.changes(), _by(info)

        async def act(session: WriteSession) -> SavedAccount:
            return await accounts.edit_account(
                session, staff_key, given.revision, changes, reason=given.reason, by=by
            )

        return await _saved(info.context, "editStaff", given, act, EndReason.REVOKED)

    @root_mutation(
        access=Access.OWNER,
        graphql_type=results.BlockStaffResult,
        description="Keep somebody out, and end their sessions.",
    )
    async def block_staff(
        self, info: Info, given: Annotated[BlockStaffInput, _Input]
    ) -> results.StaffSavedView:
        staff_key, told, by = given.staff_key, given.block_reason, _by(info)

        async def act(session: WriteSession) -> SavedAccount:
            return await accounts.block_account(
                session, staff_key, told=told, reason=given.reason, by=by
            )

        return await _saved(info.context, "blockStaff", given, act, EndReason.BLOCKED, note=told)

    @root_mutation(
        access=Access.OWNER,
        graphql_type=results.UnblockStaffResult,
        description="Let somebody in again; they sign in anew.",
    )
    async def unblock_staff(
        self, info: Info, given: Annotated[StaffInput, _Input]
    ) -> results.StaffSavedView:
        staff_key, by = given.staff_key, _by(info)

        async def act(session: WriteSession) -> SavedAccount:
            saved = await accounts.unblock_account(session, staff_key, reason=given.reason, by=by)
            await sessions.forget_block(session, staff_key, at=by.at)
            return saved

        return await _saved(info.context, "unblockStaff", given, act, EndReason.REVOKED)

    @root_mutation(
        access=Access.OWNER,
        graphql_type=results.ResetStaffPasswordResult,
        description="Give somebody another password, told once, unlock them, and end their "
        "sessions.",
    )
    async def reset_staff_password(
        self, info: Info, given: Annotated[StaffInput, _Input]
    ) -> results.TemporaryPasswordToldView:
        context, staff_key, by = info.context, given.staff_key, _by(info)
        password = accounts.temporary_password(context.random)
        hashed = await context.staff_desk.hashing.hashed(password)
        told: list[str] = []

        async def act(session: WriteSession) -> SavedAccount:
            saved = await accounts.reset_password(
                session, staff_key, hashed, reason=given.reason, by=by
            )
            told.append(password)
            return saved

        saved = await _saved(context, "resetStaffPassword", given, act, EndReason.REVOKED)
        return results.TemporaryPasswordToldView(saved.account, told[0] if told else None)

    @root_mutation(
        access=Access.OWNER,
        graphql_type=results.ResetStaffAuthenticatorResult,
        description="Forget the authenticator of somebody who lost it, with its recovery codes, "
        "and end their sessions.",
    )
    async def reset_staff_authenticator(
        self, info: Info, given: Annotated[StaffInput, _Input]
    ) -> results.StaffSavedView:
        staff_key, by = given.staff_key, _by(info)

        async def act(session: WriteSession) -> SavedAccount:
            return await accounts.reset_authenticator(
                session, staff_key, reason=given.reason, by=by
            )

        return await _saved(info.context, "resetStaffAuthenticator", given, act, EndReason.REVOKED)


async def account_of(context: Context, staff_key: UUID) -> AccountView:
    """An account that was just written. Fault: UNAUTHENTICATED where it is one's own and gone."""
    found = await account_views.account(context.reads, staff_key)
    if found is not None:
        return found
    if staff_key == context.staff().id:
        raise Unauthenticated
    raise StaffUnavailable


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(Role.OWNER), context.now(), context.random)


async def _saved(
    context: Context,
    operation: str,
    given: StaffInput,
    act: Callable[[WriteSession], Awaitable[SavedAccount]],
    reason: EndReason,
    *,
    note: str | None = None,
) -> results.StaffSavedView:
    """Carry a change of an account out once, and end the sessions that it ends with it."""
    at = context.now()

    async def whole(session: WriteSession) -> SavedAccount:
        saved = await act(session)
        if saved.ends_sessions:
            await sessions.end_all_of_staff(session, saved.staff_id, reason, at=at, note=note)
        return saved

    saved = await context.once(operation, given.request_id, given, whole, answer=SavedAccount)
    return results.StaffSavedView(await account_of(context, saved.staff_id))
