"""What callers can do to their uploads: ask for one, and complete it when the bytes are there."""

from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.access import Access
from api.context import Context, Info
from api.ids import key
from api.refusals import root_mutation
from api.uploads import types
from domain.kernel.actors import Member
from domain.kernel.db import WriteSession
from domain.kernel.errors import Forbidden
from domain.kernel.ids import public_id
from domain.media import actions
from domain.media.actions import Expected
from domain.media.ports import UploadTicket
from domain.media.rules import Purpose

_OF_MEMBERS = {Purpose.MEMBER_PICTURE, Purpose.EVIDENCE}
_OF_STAFF = {
    Purpose.PRODUCT_IMAGE,
    Purpose.PRODUCT_IMPORT,
    Purpose.SHIPMENT_IMPORT,
    Purpose.EVIDENCE,
}


class _Promised(msgspec.Struct, frozen=True):
    """What is remembered of a promise: the upload, and nothing of its ticket."""

    upload_id: UUID


@strawberry.type
class UploadMutation:
    """Uploads of files."""

    @root_mutation(
        access=Access.MEMBER_OR_STAFF,
        graphql_type=types.PromiseUploadResult,
        description="Ask for an address to which one file can be sent.",
    )
    async def promise_upload(
        self,
        info: Info,
        given: Annotated[
            types.PromiseUploadInput,
            strawberry.argument(name="input", description="What shall be sent."),
        ],
    ) -> types.UploadPromisedView:
        _refuse_others_purposes(info.context, given.purpose)
        ticket = await _ticket(info.context, given)
        address = info.context.uploads.store.upload_address(ticket, at=info.context.now())
        headers = [types.HeaderView(*header) for header in address.headers.items()]
        return types.UploadPromisedView(
            types.PromisedUploadView(
                id=public_id(types.UPLOAD, ticket.upload_id),
                url=address.url,
                method=address.method,
                headers=headers,
                expires_at=ticket.expires_at,
            )
        )

    @root_mutation(
        access=Access.MEMBER_OR_STAFF,
        graphql_type=types.CompleteUploadResult,
        description="Check and keep what was sent. Sent again, it gets the same answer: the "
        "upload is its own key.",
    )
    async def complete_upload(
        self,
        info: Info,
        given: Annotated[
            types.CompleteUploadInput, strawberry.argument(name="input", description="Which one.")
        ],
    ) -> types.UploadCompletedView:
        uploads = info.context.uploads
        upload_id = key(given.upload_id, types.UPLOAD, argument="uploadId")
        upload = await uploads.complete(upload_id, owner=info.context.member_or_staff().key)
        return types.UploadCompletedView(
            given.upload_id, upload.purpose, types.picture_of(upload, uploads.store)
        )


def _refuse_others_purposes(context: Context, purpose: Purpose) -> None:
    """Members send what is theirs, and staff what is the mall's: else a FORBIDDEN fault."""
    is_member = isinstance(context.member_or_staff(), Member)
    if purpose not in (_OF_MEMBERS if is_member else _OF_STAFF):
        raise Forbidden


async def _ticket(context: Context, given: types.PromiseUploadInput) -> UploadTicket:
    """The ticket of the promise, a new one for a repeat.

    The token is a secret that is stored nowhere, so the answer that is remembered does not have
    it: whoever asks again has lost the first ticket or gives it up.
    """
    owner = context.member_or_staff().key
    tickets: list[UploadTicket] = []

    async def act(session: WriteSession) -> _Promised:
        expected = Expected(given.purpose, given.media_type, given.size_bytes)
        ticket = await actions.promise(
            session, expected, owner=owner, at=context.now(), random=context.random
        )
        tickets.append(ticket)
        return _Promised(ticket.upload_id)

    promised = await context.once("promiseUpload", given.request_id, given, act, answer=_Promised)
    if tickets:
        return tickets[0]
    async with context.writing() as session:
        return await actions.renew(
            session, promised.upload_id, owner=owner, at=context.now(), random=context.random
        )
