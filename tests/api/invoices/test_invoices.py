"""Invoices through trusted documents: from the request to the red letter, and the table of them."""

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.invoices import exporting
from domain.invoices.exporting import COLUMNS
from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.views.structs import ORDER
from tests import make
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.members.desk import Caller, member
from tests.api.staff.desk import a_store, desk_of, someone, trail
from tests.domain.invoices.bureau import a_paid_order, asked, gone_back, issued
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.tills import MemoryGateway
from workers.relay import relay_outbox
from workers.tools import Tools

COMPANY = {
    "titleKind": "COMPANY",
    "title": "山茶（上海）香氛有限公司",
    "taxNumber": "91350100m000100y43",
    "email": "books@camellia.example",
}
PERSON = {"titleKind": "PERSONAL", "title": "林晓", "email": "lin.xiao@example.cn"}
FIRST, SECOND, DAY = "25312000000000000001", "25312000000000000002", "2026-11-11"


async def bought(database: Database, shop: Shop) -> tuple[Caller, str, UUID, int]:
    """Somebody who has paid an order: who, its public id, its key, and what they paid."""
    member_id, order = await a_paid_order(database, shop, MemoryGateway(), 2)
    caller = member(database, member_id)
    return caller, public_id(ORDER, order.order_id), order.order_id, order.payable_fen


async def a_desk(database: Database, role: Role = Role.FINANCE) -> Caller:
    """Somebody of the staff, whose ids are not those that the tests' shops give."""
    return replace(desk_of(database, await someone(database, role)), random=Random(29))


async def relay(database: Database) -> None:
    """What a worker does each second."""
    store = make.media_folder(Path("/nowhere"))
    await relay_outbox({"tools": Tools(database, lambda: make.NOON, store, Random(1))})


async def test_from_the_request_over_the_invoice_to_the_red_letter(database: Database):
    caller, order, order_key, paid = await bought(database, await a_shop(database))
    assert await caller.read("OrderInvoices", orderId=order) == []
    made = await caller.do("OrderRequestInvoice", orderId=order, **COMPANY)
    assert made["__typename"] == "InvoiceSaved"
    told = made["invoice"]
    assert (told["status"], told["paid"], told["amount"]) == ("REQUESTED", paid, paid)
    assert told["taxNumber"] == "91350100M000100Y43"
    again = await caller.do("OrderRequestInvoice", orderId=order, **COMPANY)
    assert again["__typename"] == "InvoiceRequested"
    await gone_back(database, order_key, 100)

    finance = await a_desk(database)
    (edge,) = (await finance.see("Invoices", status="REQUESTED"))["edges"]
    seen = edge["node"]
    assert (seen["amount"], seen["email"]) == (paid - 100, "b***@camellia.example")
    given = {"invoiceId": told["id"], "number": FIRST, "issuedOn": DAY}
    answer = await finance.see("IssueInvoice", input=a_wish(**given, amount=paid))
    # That is what it was for before the refund: the red letter of it is owed at once.
    assert answer["invoice"]["status"] == "ISSUED"
    (owed,) = answer["invoice"]["redLetters"]
    assert (owed["amount"], owed["isMade"]) == (100, False)

    await gone_back(database, order_key, 50)
    (edge,) = (await finance.see("Invoices", redLetterDue=True))["edges"]
    for letter, number in zip(edge["node"]["redLetters"], (SECOND, SECOND[:-1] + "3"), strict=True):
        made_letter = a_wish(redLetterId=letter["id"], number=number, issuedOn=DAY)
        answer = await finance.see("IssueRedLetter", input=made_letter)
        assert answer["__typename"] == "InvoiceSaved"
    assert (await finance.see("Invoices", redLetterDue=True))["edges"] == []

    await relay(database)
    messages = [each.kind for each in await rows(database, InboxMessage)]
    assert MessageKind.INVOICE_ISSUED in messages
    (mine,) = await caller.read("OrderInvoices", orderId=order)
    assert (mine["number"], mine["amount"], mine["email"]) == (FIRST, paid, COMPANY["email"])
    texts = [entry["text"] for entry in mine["timeline"]]
    assert len(texts) == 6
    assert [text.split(" was")[0] for text in texts if "red-letter invoice was" in text] == [
        "A red-letter invoice"
    ] * 2
    actions = [entry.action for entry in await trail(database)]
    assert sorted(actions) == ["invoice.issue", "invoice.red_letter", "invoice.red_letter"]


def a_wish(**given: object) -> dict[str, object]:
    """An input with a request of its own."""
    return {"requestId": str(make.an_id()), **given}


async def test_what_is_wrong_with_an_invoice_is_told(database: Database):
    caller, order, order_key, paid = await bought(database, await a_shop(database))
    bad = await caller.do("OrderRequestInvoice", orderId=order, **{**COMPANY, "taxNumber": "1"})
    assert [each["code"] for each in bad["problems"]] == ["not_a_tax_number"]
    invoice = (await caller.do("OrderRequestInvoice", orderId=order, **PERSON))["invoice"]["id"]
    await gone_back(database, order_key, 100)
    desk = await a_desk(database, Role.OPERATOR)
    wish: dict[str, Any] = {"invoiceId": invoice, "number": FIRST, "issuedOn": DAY, "amount": 1}
    differs = await desk.see("IssueInvoice", input=a_wish(**wish))
    assert (differs["__typename"], differs["amount"]) == ("InvoiceAmountDiffers", paid - 100)
    for change, code in (
        ({"number": "1"}, "not_an_invoice_number"),
        ({"issuedOn": "2026-11-12"}, "not_an_invoice_day"),
        ({"documentUrl": "http://tax.example"}, "not_a_document_address"),
    ):
        told = await desk.see("IssueInvoice", input=a_wish(**{**wish, **change}))
        assert [each["code"] for each in told["problems"]] == [code]
    assert (await desk.act("RejectInvoice", invoiceId=invoice))["__typename"] == "InvoiceSaved"
    (mine,) = await caller.read("OrderInvoices", orderId=order)
    assert (mine["status"], mine["reason"]) == ("REJECTED", "核实情况")
    await relay(database)
    assert MessageKind.INVOICE_REJECTED in {m.kind for m in await rows(database, InboxMessage)}


async def test_a_member_calls_their_request_off_and_asks_again(database: Database):
    caller, order, _, _ = await bought(database, await a_shop(database))
    first = (await caller.do("OrderRequestInvoice", orderId=order, **PERSON))["invoice"]["id"]
    done = await caller.do("OrderCancelInvoice", invoiceId=first)
    assert done["invoice"]["status"] == "CANCELLED"
    again = await caller.do("OrderCancelInvoice", invoiceId=first)
    assert again["__typename"] == "InvoiceNotOpen"
    assert (await caller.do("OrderRequestInvoice", orderId=order, **PERSON))["invoice"]
    found = await caller.read("OrderInvoices", orderId=order)
    assert [each["status"] for each in found] == ["REQUESTED", "CANCELLED"]


async def test_whole_titles_are_told_to_who_keeps_the_books_on_the_record(database: Database):
    caller, order, _, _ = await bought(database, await a_shop(database))
    invoice = (await caller.do("OrderRequestInvoice", orderId=order, **PERSON))["invoice"]["id"]
    desk = await a_desk(database)
    (edge,) = (await desk.see("Invoices"))["edges"]
    assert (edge["node"]["title"], edge["node"]["email"]) == ("林**", "l***@example.cn")
    given = {"invoiceId": invoice, "reason": "开具发票"}
    told = await desk.see("RevealInvoice", input=given)
    assert (told["title"], told["email"]) == ("林晓", "lin.xiao@example.cn")
    (entry,) = await trail(database)
    assert (entry.action, entry.reason) == ("invoice.reveal", "开具发票")
    assert "林晓" not in repr((entry.before, entry.after))


async def test_a_page_costs_two_statements_however_many_are_on_it(database: Database):
    shop = await a_shop(database)
    for n in range(3):
        member_id, order = await a_paid_order(database, shop, MemoryGateway())
        invoice = await asked(database, member_id, order.order_id)
        await issued(database, invoice, order.payable_fen, f"{FIRST[:-1]}{n}")
        await gone_back(database, order.order_id, 10)
    desk = await a_desk(database)
    seen: list[str] = []
    after = None
    for expected in (2, 1):
        before = statements_run()
        page = await desk.see("Invoices", status="ISSUED", redLetterDue=True, first=2, after=after)
        assert statements_run() == before + 2
        assert len(page["edges"]) == expected
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert (len(set(seen)), page["pageInfo"]["hasNextPage"]) == (3, False)


async def test_who_keeps_no_books_has_nothing_to_do_with_invoices(database: Database):
    store = await a_store(database)
    for role in (Role.GUIDE, Role.STORE_MANAGER, Role.ENGINEER):
        desk = desk_of(database, await someone(database, role, store))
        given = a_wish(invoiceId=public_id("invoice", make.an_id()), reason="x")
        assert await desk.code("playground/Invoices") == "FORBIDDEN"
        assert await desk.code("playground/RejectInvoice", input=given) == "FORBIDDEN"
        days = a_wish(reason="x", firstDay=DAY, lastDay=DAY)
        assert await desk.code("playground/ExportInvoices", input=days) == "FORBIDDEN"


async def test_the_table_has_invoices_and_red_letters_of_the_days(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 1)
    shop = await a_shop(database)
    order_key = make.an_id()
    for n, title in enumerate(("=1+1", "山茶")):
        caller, order, order_key, paid = await bought(database, shop)
        given = {**PERSON, "title": title}
        saved = await caller.do("OrderRequestInvoice", orderId=order, **given)
        key = make.key_of(saved["invoice"]["id"], "invoice")
        await issued(database, key, paid, f"{FIRST[:-1]}{n}")
    await gone_back(database, order_key, 150)
    (edge,) = (await api.run("playground/Invoices", AS_STAFF, redLetterDue=True))["data"][
        "invoices"
    ]["edges"]
    (letter,) = edge["node"]["redLetters"]
    noted = a_wish(redLetterId=letter["id"], number=SECOND, issuedOn="2026-11-12")
    await api.run("playground/IssueRedLetter", AS_STAFF, input=noted)

    asked_for = a_wish(reason="月度申报", firstDay="2026-11-01", lastDay="2026-11-30")
    answer = await api.run("playground/ExportInvoices", AS_STAFF, input=asked_for)
    path = answer["data"]["exportInvoices"]["downloadPath"]
    file = await api.http.get(path)
    assert (file.status_code, file.headers["cache-control"]) == (200, "no-store")
    header, *lines = csv.reader(StringIO(file.content.decode("utf-8-sig"), newline=""))
    assert header == list(COLUMNS.values())
    table = [dict(zip(COLUMNS, line, strict=True)) for line in lines]
    assert [row["kind"][:2] for row in table] == ["蓝字", "蓝字", "红字"]
    # Those of one day come by their ids, which one moment gives in any order.
    assert sorted(row["title"] for row in table[:2]) == ["'=1+1", "山茶"]
    assert table[2]["title"] == "山茶"
    amounts = [(row["amount_yuan"], row["red_yuan"]) for row in table]
    assert amounts == [("316.00", ""), ("316.00", ""), ("", "1.50")]
    (entry,) = [each for each in await trail(database) if each.action == "invoices.export"]
    assert entry.reason == "月度申报"

    # Whatever the answer to that request is sent for again, each fetch is on the record.
    again = await api.run("playground/ExportInvoices", AS_STAFF, input=asked_for)
    path = again["data"]["exportInvoices"]["downloadPath"]
    assert (await api.http.get(path)).status_code == 200
    fetched = [each for each in await trail(database) if each.action == "invoices.export_fetch"]
    told = [(each.subject_id, each.actor, each.reason) for each in fetched]
    assert told == [(entry.subject_id, entry.actor, entry.reason)] * 2

    plain, _, given_pass = path.partition("?")
    for wrong in (plain, f"{path}x", path.replace("11-30", "11-29"), f"/downloads/x?{given_pass}"):
        assert (await api.http.get(wrong, headers=AS_STAFF)).status_code in {403, 404}


async def test_a_table_is_of_days_that_there_are(database: Database):
    desk = await a_desk(database)
    for first, last in (("2026-11-31", DAY), (DAY, "2026-11-10"), ("2025-01-01", DAY)):
        given = a_wish(reason="x", firstDay=first, lastDay=last)
        told = await desk.see("ExportInvoices", input=given)
        assert [each["code"] for each in told["problems"]] == ["not_days"]
