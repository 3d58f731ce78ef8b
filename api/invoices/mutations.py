"""What members and who keeps the books can do with invoices."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Info
from api.downloads import download_path
from api.invoices import inputs, results
from api.invoices.queries import reading_of
from api.refusals import root_mutation
from domain.invoices import deciding, exporting, requesting
from domain.invoices.deciding import Issue, SavedRedLetter
from domain.invoices.exporting import PASS, Exported
from domain.invoices.requesting import InvoiceWish, SavedInvoice
from domain.invoices.rules import judged_document, judged_invoice
from domain.invoices.views import invoice, invoices_of
from domain.kernel.actors import By
from domain.kernel.db import WriteSession

_Input = strawberry.argument(name="input", description="What.")


@strawberry.type
class InvoiceMutation:
    """Changes of invoices by whose they are."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.RequestInvoiceResult,
        description="Ask for the invoice of an order that was paid, over what was paid for goods "
        "and freight and has not gone back.",
    )
    async def request_invoice(
        self, info: Info, given: Annotated[inputs.RequestInvoiceInput, _Input]
    ) -> results.InvoiceSavedView:
        context = info.context
        wish = InvoiceWish(context.member().id, given.order_key, given.written())

        async def act(session: WriteSession) -> SavedInvoice:
            vault, at = context.members.vault, context.now()
            return await requesting.request(session, vault, wish, at=at, random=context.random)

        saved = await context.once(
            "requestInvoice", given.request_id, given, act, answer=SavedInvoice
        )
        return await _of_member(info, saved)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.CancelInvoiceResult,
        description="Call off a request that is open; another one can be made.",
    )
    async def cancel_invoice(
        self, info: Info, given: Annotated[inputs.CancelInvoiceInput, _Input]
    ) -> results.InvoiceSavedView:
        context, invoice_key, member = info.context, given.invoice_key, info.context.member()

        async def act(session: WriteSession) -> SavedInvoice:
            return await requesting.cancel(session, invoice_key, member.id, at=context.now())

        saved = await context.once(
            "cancelInvoice", given.request_id, given, act, answer=SavedInvoice
        )
        return await _of_member(info, saved)


@strawberry.type
class StaffInvoiceMutation:
    """Changes of invoices by who keeps the books."""

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=results.IssueInvoiceResult,
        description="Note that an invoice was made; the member is told.",
    )
    async def issue_invoice(
        self, info: Info, given: Annotated[inputs.IssueInvoiceInput, _Input]
    ) -> results.InvoiceSavedView:
        context, invoice_key, by = info.context, given.invoice_key, _by(info)

        async def act(session: WriteSession) -> SavedInvoice:
            made = judged_invoice(given.number, given.code, given.issued_on, at=by.at)
            document = judged_document(given.document_url)
            wish = Issue(invoice_key, made, given.amount, document)
            return await deciding.issue(session, context.members.vault, wish, by=by)

        await context.once("issueInvoice", given.request_id, given, act, answer=SavedInvoice)
        return await _of_staff(info, invoice_key)

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=results.RejectInvoiceResult,
        description="Say why an invoice will not be made; the member is told, and reads it.",
    )
    async def reject_invoice(
        self, info: Info, given: Annotated[inputs.RejectInvoiceInput, _Input]
    ) -> results.InvoiceSavedView:
        context, invoice_key, by = info.context, given.invoice_key, _by(info)

        async def act(session: WriteSession) -> SavedInvoice:
            return await deciding.reject(session, invoice_key, reason=given.reason, by=by)

        await context.once("rejectInvoice", given.request_id, given, act, answer=SavedInvoice)
        return await _of_staff(info, invoice_key)

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=results.IssueRedLetterResult,
        description="Note that a red-letter invoice was made.",
    )
    async def issue_red_letter(
        self, info: Info, given: Annotated[inputs.IssueRedLetterInput, _Input]
    ) -> results.InvoiceSavedView:
        context, red_letter_key, by = info.context, given.red_letter_key, _by(info)

        async def act(session: WriteSession) -> SavedRedLetter:
            made = judged_invoice(given.number, given.code, given.issued_on, at=by.at)
            return await deciding.issue_red_letter(session, red_letter_key, made, by=by)

        saved = await context.once(
            "issueRedLetter", given.request_id, given, act, answer=SavedRedLetter
        )
        return await _of_staff(info, saved.invoice_id)

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=results.RevealInvoiceResult,
        description="Tell whom an invoice is for, whole. Each time stands in the audit trail, so "
        "it has no requestId, and no answer of it is kept.",
    )
    async def reveal_invoice(
        self, info: Info, given: Annotated[inputs.RevealInvoiceInput, _Input]
    ) -> results.InvoiceRevealedView:
        context, invoice_key, by = info.context, given.invoice_key, _by(info)
        async with context.writing() as session:
            told = await deciding.reveal(
                session, context.members.vault, invoice_key, reason=given.reason, by=by
            )
        return results.InvoiceRevealedView(told.title, told.tax_number, told.email)

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=results.ExportInvoicesResult,
        description="Ask for the invoices and red letters of some days as a table, whole titles "
        "in it; it stands in the audit trail.",
    )
    async def export_invoices(
        self, info: Info, given: Annotated[inputs.ExportInvoicesInput, _Input]
    ) -> results.InvoicesExportedView:
        context, by = info.context, _by(info)

        async def act(session: WriteSession) -> Exported:
            days = given.first_day, given.last_day
            return await exporting.ask(session, *days, reason=given.reason, by=by)

        asked = await context.once("exportInvoices", given.request_id, given, act, answer=Exported)
        path = download_path(context, "invoices", asked.days, purpose=PASS)
        return results.InvoicesExportedView(path)


def _by(info: Info) -> By:
    context = info.context
    return By(context.staff(), context.now(), context.random)


async def _of_member(info: Info, saved: SavedInvoice) -> results.InvoiceSavedView:
    context = info.context
    reading, member_id = reading_of(info, is_masked=False), context.member().id
    found = await invoices_of(context.reads, reading, saved.order_id, member_id)
    assert found is not None
    (wanted,) = (each for each in found if each.key == saved.invoice_id)
    return results.InvoiceSavedView(wanted)


async def _of_staff(info: Info, invoice_key: UUID) -> results.InvoiceSavedView:
    found = await invoice(info.context.reads, reading_of(info, is_masked=True), invoice_key)
    assert found is not None
    return results.InvoiceSavedView(found)
