"""The examples as they open in the mall that `make run` begins with: they run, or say what for."""

from random import Random
from typing import Any

import pytest

from api.playground.catalogue import Entry, read_catalogue
from api.trusted.registry import trusted_documents
from cli.seed import fill, history_of
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from sandbox.brand.agreements import Sealing
from sandbox.brand.seeding import Wish
from tests.api.client import AS_STAFF, Api
from tests.api.oauth.desk import as_member
from tests.api.payments.malls import with_pay
from tests.api.playground.filling import filled, to_fill_in
from tests.wechat import FakeWeChat

CATALOGUE = read_catalogue()
TEXTS = {document.name: document.text for document in trusted_documents().values()}
OF_STAFF = [entry for entry in CATALOGUE.operations if "staff" in entry.identities]

PLACING = "miniprogram/OrderPlace"
ELSEWHERE = {"miniprogram/Sessions", "miniprogram/SessionEvents"}
"""What the development token has none of; who signs in has."""

FILLED_IN = {
    "ShipOrder", "CorrectShipment", "StaffPreviewCase", "StaffCase", "ApproveCase", "HandOverOrder",
    "ExtendPickUp", "OrderExport", "RetryShippingDuty", "FileSpecialShippingReport",
    "MarkShippingDutyHandled", "DecidePersonalisation", "RevealInvoice", "IssueInvoice",
}  # fmt: skip
"""What that mall has something for, and where an example that opens can be run as it is."""


@pytest.fixture
async def two_weeks(
    database: Database, settings: Settings, wechat: FakeWeChat, random: Random
) -> None:
    """The demo brand and its past."""
    settings = with_pay(settings, wechat)
    await fill(
        database,
        Wish(products=100, members=60),
        at=system_clock(),
        sealing=Sealing(settings.required_vault(), random),
        history=history_of(settings, wechat.url),
    )


async def tried(api: Api, entry: Entry) -> list[str] | dict[str, Any]:
    """What has to be filled in before it is run, or what it was answered."""
    variables = await filled(api, CATALOGUE, entry, AS_STAFF)
    missing = list(to_fill_in(variables))
    return missing or await api.query(TEXTS[entry.document], AS_STAFF, **variables)


@pytest.mark.usefixtures("two_weeks")
async def test_each_example_runs_as_it_opens_or_says_what_to_fill_in(api: Api):
    ran: set[str] = set()
    for entry in OF_STAFF:
        if entry.document not in ELSEWHERE and "subscription " not in TEXTS[entry.document]:
            answer = await tried(api, entry)
            if isinstance(answer, dict):
                ran.add(entry.document.rpartition("/")[2])
                assert_answered(entry, answer)
    assert ran >= FILLED_IN, FILLED_IN - ran


async def test_an_order_cannot_be_placed_by_a_quote_that_cannot_be_had(
    api: Api, database: Database
):
    # There is nothing in the cart, so the quote is there and has no token.
    member = await as_member(api, database)
    (entry,) = (each for each in CATALOGUE.operations if each.document == PLACING)
    assert list(to_fill_in(await filled(api, CATALOGUE, entry, member))) == ["input.quote"]


def assert_answered(entry: Entry, answer: dict[str, Any]) -> None:
    assert "errors" not in answer, (entry.document, answer)
    (result,) = answer["data"].values()
    assert result is not None, entry.document
    assert "message" not in result, (entry.document, result)
