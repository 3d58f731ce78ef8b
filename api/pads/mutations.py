"""What those in charge of stores can do to pads, all of it in the audit trail."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Context, Info
from api.pads import results
from api.pads.inputs import RenamePadInput, RevokePadInput
from api.pads.queries import pad_of
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.sessions import pads
from domain.sessions.errors import PadUnavailable
from domain.sessions.pads import SavedPad

_Input = strawberry.argument(name="input", description="Which pad, and why.")


@strawberry.type
class PadMutation:
    """Changes of pads. One is let in on the page where its code is typed."""

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.RenamePadResult,
        description="Call a pad something else.",
    )
    async def rename_pad(
        self, info: Info, given: Annotated[RenamePadInput, _Input]
    ) -> results.PadSavedView:
        context, pad_key, by = info.context, given.pad_key, _by(info)

        async def act(session: WriteSession) -> SavedPad:
            return await pads.rename(session, pad_key, given.name, reason=given.reason, by=by)

        await context.once("renamePad", given.request_id, given, act, answer=SavedPad)
        return await _saved(context, pad_key)

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=results.RevokePadResult,
        description="Keep a pad out for good, and whoever is signed in at it, within a second.",
    )
    async def revoke_pad(
        self, info: Info, given: Annotated[RevokePadInput, _Input]
    ) -> results.PadSavedView:
        context, pad_key, by = info.context, given.pad_key, _by(info)

        async def act(session: WriteSession) -> SavedPad:
            return await pads.revoke(session, pad_key, reason=given.reason, by=by)

        await context.once("revokePad", given.request_id, given, act, answer=SavedPad)
        return await _saved(context, pad_key)


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(*pads.APPROVERS), context.now(), context.random)


async def _saved(context: Context, pad_key: UUID) -> results.PadSavedView:
    pad = await pad_of(context, pad_key)
    if pad is None:
        raise PadUnavailable
    return results.PadSavedView(pad)
