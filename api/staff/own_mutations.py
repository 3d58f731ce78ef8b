"""What staff change about what they sign in with themselves."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Context, Info
from api.refusals import root_mutation
from api.staff import results
from api.staff.account_mutations import account_of
from api.staff.inputs import (
    ChangePasswordInput,
    ConfirmAuthenticatorInput,
    OwnAccountInput,
    SetPinInput,
)
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import Refused
from domain.sessions import actions as sessions
from domain.sessions.rules import EndReason
from domain.staff import credentials, own_account
from domain.staff.credentials import LONGEST_PASSWORD
from domain.staff.own_account import Chosen, Proof, SavedOwn

_Input = strawberry.argument(name="input", description="What, and the current password.")


@strawberry.type
class OwnAccountMutation:
    """Changes of staff to their own accounts."""

    @root_mutation(
        access=Access.STAFF,
        graphql_type=results.ChangePasswordResult,
        description="Choose another password; all other sessions of one's own end.",
    )
    async def change_password(
        self, info: Info, given: Annotated[ChangePasswordInput, _Input]
    ) -> results.StaffSavedView:
        context, by = info.context, _by(info)
        proof = await _proof(context, given.current_password)
        new = await _chosen(context, given.password, given.current_password)

        async def act(session: WriteSession) -> SavedOwn | Refused:
            saved = await own_account.change_password(session, proof, new, by=by)
            if isinstance(saved, SavedOwn):
                await sessions.end_all_of_staff(
                    session,
                    saved.staff_id,
                    EndReason.REVOKED,
                    at=by.at,
                    note=None,
                    but=by.staff.session_id,
                )
            return saved

        return await _saved(context, "changePassword", given.request_id, given, act)

    @root_mutation(
        access=Access.STAFF,
        graphql_type=results.SetPinResult,
        description="Choose the six digits that one signs in with at the pads of one's stores; "
        "one's sessions at pads end.",
    )
    async def set_pin(
        self, info: Info, given: Annotated[SetPinInput, _Input]
    ) -> results.StaffSavedView:
        context, by = info.context, _by(info)
        proof = await _proof(context, given.current_password)
        new = await _chosen(context, given.pin, given.current_password)

        async def act(session: WriteSession) -> SavedOwn | Refused:
            saved = await own_account.set_pin(session, proof, new, by=by)
            if isinstance(saved, SavedOwn):
                # Whoever is signed in by the PIN before may be somebody else.
                await sessions.end_at_pads(session, saved.staff_id, EndReason.REVOKED, at=by.at)
            return saved

        return await _saved(context, "setPin", given.request_id, given, act)

    @root_mutation(
        access=Access.STAFF,
        graphql_type=results.BeginAuthenticatorResult,
        description="Begin to set an authenticator app up; it counts once it is confirmed.",
    )
    async def begin_authenticator(
        self, info: Info, given: Annotated[OwnAccountInput, _Input]
    ) -> results.AuthenticatorBegunView:
        context, by = info.context, _by(info)
        proof = await _proof(context, given.current_password)
        secret = credentials.new_totp_secret(context.random)
        told: list[bytes] = []

        async def act(session: WriteSession) -> SavedOwn | Refused:
            saved = await own_account.begin_authenticator(
                session, context.members.vault, proof, secret, by=by
            )
            told.append(secret)
            return saved

        saved = await _saved(context, "beginAuthenticator", given.request_id, given, act)
        if not told:
            return results.AuthenticatorBegunView(None, None)
        address = credentials.totp_address(
            secret, login=saved.account.login, mall=context.staff_desk.mall
        )
        return results.AuthenticatorBegunView(credentials.totp_words(secret), address)

    @root_mutation(
        access=Access.STAFF,
        graphql_type=results.ConfirmAuthenticatorResult,
        description="Turn the authenticator on that was begun, by a code that it shows.",
    )
    async def confirm_authenticator(
        self, info: Info, given: Annotated[ConfirmAuthenticatorInput, _Input]
    ) -> results.RecoveryCodesToldView:
        context, by = info.context, _by(info)
        codes = own_account.new_recovery_codes(context.random)
        told: list[list[str]] = []

        async def act(session: WriteSession) -> SavedOwn | Refused:
            saved = await own_account.confirm_authenticator(
                session, context.members.vault, given.code, codes, by=by
            )
            told.append(codes)
            return saved

        saved = await _saved(context, "confirmAuthenticator", given.request_id, given, act)
        return results.RecoveryCodesToldView(saved.account, told[0] if told else None)

    @root_mutation(
        access=Access.STAFF,
        graphql_type=results.RenewRecoveryCodesResult,
        description="Take ten new recovery codes in the place of all before.",
    )
    async def renew_recovery_codes(
        self, info: Info, given: Annotated[OwnAccountInput, _Input]
    ) -> results.RecoveryCodesToldView:
        context, by = info.context, _by(info)
        proof = await _proof(context, given.current_password)
        codes = own_account.new_recovery_codes(context.random)
        told: list[list[str]] = []

        async def act(session: WriteSession) -> SavedOwn | Refused:
            saved = await own_account.renew_recovery_codes(session, proof, codes, by=by)
            told.append(codes)
            return saved

        saved = await _saved(context, "renewRecoveryCodes", given.request_id, given, act)
        return results.RecoveryCodesToldView(saved.account, told[0] if told else None)

    @root_mutation(
        access=Access.STAFF,
        graphql_type=results.RemoveAuthenticatorResult,
        description="Sign in without an authenticator from now on.",
    )
    async def remove_authenticator(
        self, info: Info, given: Annotated[OwnAccountInput, _Input]
    ) -> results.StaffSavedView:
        context, by = info.context, _by(info)
        proof = await _proof(context, given.current_password)

        async def act(session: WriteSession) -> SavedOwn | Refused:
            return await own_account.remove_authenticator(session, proof, by=by)

        return await _saved(context, "removeAuthenticator", given.request_id, given, act)


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(), context.now(), context.random)


async def _proof(context: Context, password: str) -> Proof:
    """Hold the current password against what is kept, without a transaction open meanwhile."""
    staff = context.staff()
    async with context.writing() as session:
        kept = await own_account.kept_password(session, staff.id, at=context.now())
    typed = password[:LONGEST_PASSWORD]
    is_right = await context.staff_desk.hashing.is_right(typed, kept)
    return Proof(kept, is_right=is_right and typed == password)


async def _chosen(context: Context, secret: str, current: str) -> Chosen:
    """What somebody chooses, with its hash; one that is too long is refused anyway."""
    hashed = await context.staff_desk.hashing.hashed(secret[:LONGEST_PASSWORD])
    return Chosen(secret, hashed, is_same=credentials.are_same(secret, current))


async def _saved(
    context: Context,
    operation: str,
    request_id: UUID,
    given: object,
    act: Callable[[WriteSession], Awaitable[SavedOwn | Refused]],
) -> results.StaffSavedView:
    saved = await context.once(operation, request_id, given, act, answer=SavedOwn)
    return results.StaffSavedView(await account_of(context, saved.staff_id))
