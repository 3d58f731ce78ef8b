"""The named operations: each is told in both languages, and works in the demo brand."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest
from graphql import OperationDefinitionNode, parse, validate
from sqlalchemy import select

from api.playground.catalogue import IDENTITIES, Entry, delivered, read_catalogue
from api.schema import SCHEMA
from api.trusted.registry import trusted_documents
from cli.seed import fill
from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.language import Bilingual
from domain.kernel.settings import Settings
from domain.points.rules.books import Source
from domain.points.rules.granting import NewLot, grant
from domain.points.words import SourceKind
from domain.sessions.models import Pad
from domain.staff.models import StaffMember
from domain.stores.models import Place, PlaceKind
from sandbox.brand.agreements import Sealing
from sandbox.brand.seeding import Wish
from tests import make_orders, make_points
from tests.api.client import AS_STAFF, Api
from tests.api.oauth.desk import as_member
from tests.api.playground.filling import at, filled, references, to_fill_in
from tests.make import NOON, an_id

CATALOGUE = read_catalogue()
ENTRIES = {entry.document: entry for entry in CATALOGUE.operations}
TEXTS = {document.name: document.text for document in trusted_documents().values()}
OF_STAFF = [entry for entry in CATALOGUE.operations if "staff" in entry.identities]

ANSWERED = [entry for entry in OF_STAFF if "subscription " not in TEXTS[entry.document]]
"""Those that are answered once."""

UNANSWERABLE = {
    "playground/CompleteUpload": "BAD_INPUT",
    "playground/DecidePersonalisation": "BAD_INPUT",
    "playground/ImportProducts": "BAD_INPUT",
    "playground/ProductImport": "BAD_INPUT",
    "playground/ProductImportRows": "BAD_INPUT",
    "playground/ImportShipments": "BAD_INPUT",
    "playground/ShipmentImport": "BAD_INPUT",
    "playground/ShipmentImportRows": "BAD_INPUT",
    "playground/ResolveDifference": "BAD_INPUT",
    "playground/RetryShippingDuty": "BAD_INPUT",
    "playground/FileSpecialShippingReport": "BAD_INPUT",
    "playground/MarkShippingDutyHandled": "BAD_INPUT",
    "playground/StaffPreviewCase": "BAD_INPUT",
    "playground/StaffOpenCase": "BAD_INPUT",
    "playground/StaffCase": "BAD_INPUT",
    "playground/ApproveCase": "BAD_INPUT",
    "playground/RefuseCase": "BAD_INPUT",
    "playground/ReceiveCase": "BAD_INPUT",
    "playground/InspectCase": "BAD_INPUT",
    "playground/RefundExchange": "BAD_INPUT",
    "playground/SendReplacement": "BAD_INPUT",
    "playground/RevealInvoice": "BAD_INPUT",
    "playground/IssueInvoice": "BAD_INPUT",
    "playground/RejectInvoice": "BAD_INPUT",
    "playground/IssueRedLetter": "BAD_INPUT",
    "playground/ShipOrder": "BAD_INPUT",
    "playground/HandOverOrder": "OrderUnavailable",
    "playground/ExtendPickUp": "BAD_INPUT",
    "playground/ApprovePointsAdjustment": "BAD_INPUT",
    "playground/RejectPointsAdjustment": "BAD_INPUT",
    "playground/RecordRefundPaidOtherwise": "RefundUnavailable",
    "playground/CorrectShipment": "BAD_INPUT",
    "miniprogram/EndSession": "BAD_INPUT",
    "miniprogram/Sessions": "FORBIDDEN",
    "playground/ChangePassword": "UNAUTHENTICATED",
    "playground/SetPin": "InvalidInput",
    "playground/BeginAuthenticator": "UNAUTHENTICATED",
    "playground/ConfirmAuthenticator": "UNAUTHENTICATED",
    "playground/RemoveAuthenticator": "UNAUTHENTICATED",
    "playground/RenewRecoveryCodes": "UNAUTHENTICATED",
}
"""Operations on what only another one brings about, whose id the page says where to find; and those
on the caller's account and sessions, of which the development token has none."""


OFF_RECORD = {"playground/PromiseUpload", "playground/ResetStaffAuthenticator"}
"""What changes nothing: a promise is no file yet, and nobody in the demo brand has an authenticator
(`tests.api.staff.test_accounts` takes one away, on the record)."""

OTHERWISE: dict[str, dict[str, Any]] = {
    "playground/EditCategory": {"title": {"zh": "另一个类目", "en": "Another shelf"}},
    "playground/EditTag": {"title": {"zh": "另一个标签", "en": "Another tag"}},
    "playground/ArrangeFreight": {
        "rules": [
            {
                "title": {"zh": "全国", "en": "Everywhere"},
                "regionCodes": [],
                "isDelivered": True,
                "firstGrams": 1000,
                "firstFee": 1200,
                "stepGrams": 1000,
                "stepFee": 300,
            }
        ]
    },
    "playground/ArrangePickUp": {"openingHours": {"zh": "每日 11:00–21:00", "en": "11:00–21:00"}},
    "playground/EditStaff": {"name": "另一个名字"},
    "playground/RenamePad": {"name": "另一台平板"},
}
"""What is changed where an example shows things as they are, which leaves nothing to record."""

OF_MEMBERS = [
    entry
    for group in CATALOGUE.groups
    for entry in CATALOGUE.operations
    if entry.group == group.id and "member" in entry.identities
    if "subscription " not in TEXTS[entry.document]
]
"""Those of members, in the page's order."""

TAKING_AWAY = ("miniprogram/CartRemove", "miniprogram/RemoveFavourite", "miniprogram/DeleteAddress")
"""What takes away what others need, and so comes last."""

UNANSWERABLE_BY_MEMBERS = {
    "miniprogram/EndSession": "BAD_INPUT",
    "miniprogram/BindPhone": "PhoneCodeRefused",
    "miniprogram/BindPhoneByWeChat": "WeChatCodeRefused",
    "miniprogram/CompletePicture": "BAD_INPUT",
    "miniprogram/OrderPay": "PaymentUnavailable",
    "miniprogram/OrderRefreshTracking": "BAD_INPUT",
    "miniprogram/CasePreview": "BAD_INPUT",
    "miniprogram/CaseOpen": "BAD_INPUT",
    "miniprogram/CaseDetail": "BAD_INPUT",
    "miniprogram/CaseCancel": "BAD_INPUT",
    "miniprogram/CaseSendBack": "BAD_INPUT",
    "miniprogram/OrderConfirmReceipt": "BAD_INPUT",
    "miniprogram/OrderExtendReceipt": "BAD_INPUT",
    "miniprogram/OrderRequestInvoice": "BAD_INPUT",
    "miniprogram/OrderCancelInvoice": "BAD_INPUT",
    "miniprogram/TransferPoints": "TransfersOff",
}
"""What needs the words of a message, of WeChat or of an upload first, or a gateway. All of them
open with what has to be filled in, but for the one that needs nothing but the gateway."""


def texts() -> Iterator[Bilingual]:
    for group in CATALOGUE.groups:
        yield group.title
    for entry in CATALOGUE.operations:
        yield entry.title
        yield entry.explanation


def test_each_document_of_the_playground_is_in_the_catalogue_once():
    counted = Counter(entry.document for entry in CATALOGUE.operations)
    assert set(counted.values()) == {1}
    assert {name for name in TEXTS if name.startswith("playground/")} <= set(counted)
    assert set(counted) <= set(TEXTS)


def test_every_title_is_there_in_chinese_and_in_english():
    for text in texts():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), text
        assert text.en.strip(), text
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in text.en), text


def test_no_two_operations_have_the_same_title():
    for language in ("zh", "en"):
        titles = Counter(getattr(entry.title, language) for entry in CATALOGUE.operations)
        assert set(titles.values()) == {1}


def test_every_operation_belongs_to_a_group_and_every_group_has_operations():
    assert {group.id for group in CATALOGUE.groups} == {
        entry.group for entry in CATALOGUE.operations
    }


def test_every_operation_is_for_somebody_whom_the_page_knows():
    for entry in CATALOGUE.operations:
        assert entry.identities
        assert set(entry.identities) <= set(IDENTITIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_operation_is_valid_against_the_schema(name: str):
    assert validate(SCHEMA, parse(TEXTS[name])) == []


@pytest.mark.parametrize("name", CATALOGUE.fills)
def test_every_fill_is_a_valid_question_and_is_used(name: str):
    asked = CATALOGUE.fills[name].query
    assert asked is None or validate(SCHEMA, parse(asked)) == []
    assert any(name in dict(pointed(entry)) for entry in CATALOGUE.operations)


@pytest.mark.parametrize("name", ENTRIES)
def test_what_example_variables_point_to_is_there_to_stand_in(name: str):
    for reference, path in pointed(ENTRIES[name]):
        if reference not in ("requestId", "inDays"):
            assert at(CATALOGUE.fills[reference].missing, path) is not None


def pointed(entry: Entry) -> set[tuple[str, str]]:
    return references(msgspec.json.decode(entry.variables))


def test_changes_bring_a_request_id_and_a_reason_in_chinese():
    for entry in OF_STAFF:
        given = msgspec.json.decode(entry.variables).get("input", {})
        if "requestId" in given:
            assert given["requestId"] == "$requestId"
        if "reason" in given:
            assert any("\u4e00" <= letter <= "\u9fff" for letter in given["reason"])


def test_the_page_gets_each_text_with_its_words():
    told = msgspec.json.decode(delivered(CATALOGUE))
    (listing,) = [each for each in told["operations"] if each["name"] == "playground/StaffProducts"]
    assert listing["text"] == TEXTS["playground/StaffProducts"]
    assert listing["kind"] == "query"
    assert listing["title"] == {"zh": "查看商品列表", "en": "List products"}
    assert told["fills"]["place"]["path"] == ["places", "0"]


def test_the_page_is_told_of_each_operation_what_it_is():
    for each in msgspec.json.decode(delivered(CATALOGUE))["operations"]:
        definitions = parse(each["text"]).definitions
        operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
        assert [operation.operation.value for operation in operations] == [each["kind"]]


async def test_every_operation_of_the_staff_works_in_the_demo_brand(
    api: Api, database: Database, settings: Settings, random: Random
):
    sealing = Sealing(settings.required_vault(), random)
    await fill(database, Wish(products=100, members=10), at=NOON, sealing=sealing)
    await let_a_pad_in(database)
    for entry in ANSWERED:
        variables = await filled(api, CATALOGUE, entry, AS_STAFF)
        variables.get("input", {}).update(OTHERWISE.get(entry.document, {}))
        before = await newest_of_trail(api)
        answer = await api.query(TEXTS[entry.document], AS_STAFF, **variables)
        if entry.document in UNANSWERABLE:
            assert refusal_in(answer) == UNANSWERABLE[entry.document], entry.document
            # Where it is about an account, there is none behind the development token.
            assert any(to_fill_in(variables)) or entry.document == "miniprogram/Sessions"
        else:
            assert_done(entry, answer)
            await assert_on_record(api, entry, variables, before)


async def test_every_operation_of_members_works_in_the_demo_brand_from_the_cart_to_the_order(
    api: Api, database: Database, settings: Settings, random: Random
):
    sealing = Sealing(settings.required_vault(), random)
    await fill(database, Wish(products=100, members=10), at=NOON, sealing=sealing)
    member_id = await a_saver(database)
    member = await as_member(api, database, member_id)
    # An order takes its lines out of the cart.
    then = [ENTRIES[name] for name in ("miniprogram/CartAdd", *TAKING_AWAY)]
    for entry in [*(each for each in OF_MEMBERS if each not in then[1:]), *then]:
        variables = await filled(api, CATALOGUE, entry, member)
        answer = await api.query(TEXTS[entry.document], member, **variables)
        if entry.document in UNANSWERABLE_BY_MEMBERS:
            assert refusal_in(answer) == UNANSWERABLE_BY_MEMBERS[entry.document], answer
            assert any(to_fill_in(variables)) or entry.document == "miniprogram/OrderPay"
        else:
            assert_done(entry, answer)


async def a_saver(database: Database) -> UUID:
    """A member with points to redeem something with."""
    async with database.writes.begin() as session:
        member_id = await make_orders.a_member(session)
    lot = NewLot(an_id(), 100_000, Source(SourceKind.EVENT, an_id()), "never")
    await make_points.on_book(database, member_id, lambda book: grant(book, lot, at=NOON))
    return member_id


def test_whatever_members_can_do_is_in_the_catalogue():
    left_out = {"miniprogram/ProductDetail"}
    of_members = {name for name in TEXTS if name.startswith("miniprogram/")} - left_out
    assert of_members == {
        entry.document for entry in CATALOGUE.operations if entry.document.startswith("mini")
    }


async def let_a_pad_in(database: Database) -> None:
    """Put a pad into a store of the demo brand."""
    async with database.writes.begin() as session:
        stores = select(Place.id).where(Place.kind == PlaceKind.STORE).limit(1)
        owners = select(StaffMember.id).where(StaffMember.role == Role.OWNER).limit(1)
        pad = Pad(
            id=an_id(),
            name="收银台 1",
            store_id=(await session.scalars(stores)).one(),
            approved_by=(await session.scalars(owners)).one(),
            approved_at=NOON,
        )
        session.add(pad)


async def newest_of_trail(api: Api) -> Any:
    """The newest entry of the audit trail, as the API tells it."""
    answer = await api.run("playground/AuditEntries", AS_STAFF, filter={}, first=1)
    (edge,) = answer["data"]["auditEntries"]["edges"] or [{"node": None}]
    return edge["node"]


async def assert_on_record(
    api: Api, entry: Entry, variables: dict[str, Any], before: dict[str, Any] | None
) -> None:
    """See that what changed something stands in the trail with who and why, and nothing else."""
    newest = await newest_of_trail(api)
    is_change = TEXTS[entry.document].startswith("mutation ") and entry.document not in OFF_RECORD
    assert (newest != before) is is_change, entry.document
    if is_change:
        given = variables["input"]
        assert newest["actor"]["name"] == "开发者"
        assert newest["reason"] == given.get("reason", given.get("text")), entry.document


def refusal_in(answer: dict[str, Any]) -> str:
    """The code of the error, or the type that was answered instead."""
    if "errors" in answer:
        return answer["errors"][0]["extensions"]["code"]
    (result,) = answer["data"].values()
    return result["__typename"]


def assert_done(entry: Entry, answer: dict[str, Any]) -> None:
    assert "errors" not in answer, (entry.document, answer)
    (result,) = answer["data"].values()
    assert result is not None, entry.document
    if isinstance(result, dict):
        assert "message" not in result, (entry.document, result)
