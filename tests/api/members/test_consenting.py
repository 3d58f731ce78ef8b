"""Consents through the API: what is asked, what is said, and the proof of it."""

from domain.kernel.db import Database
from domain.members.words import ConsentPurpose
from tests import make
from tests.api.client import Api, statements_run
from tests.api.members.desk import Caller, Phones, a_member, member, publish, staff
from tests.domain.members.people import PHONE

TEXT = {"title": {"zh": "隐私政策", "en": "Privacy"}, "body": {"zh": "正文", "en": "The text"}}


async def test_the_texts_that_stand_are_for_everybody_in_their_language(
    api: Api, database: Database
):
    await staff(database).publish_text("PRIVACY", **TEXT)
    published = await staff(database).publish_text("PRIVACY", **TEXT)
    assert published == {"__typename": "ConsentTextPublished", "purpose": "PRIVACY", "version": 2}
    before = statements_run()
    told = (await api.run("miniprogram/ConsentTexts"))["data"]["consentTexts"]
    assert statements_run() - before == 1
    assert [(each["purpose"], each["version"], each["title"]) for each in told] == [
        ("PRIVACY", 2, "隐私政策")
    ]
    in_english = await api.run("miniprogram/ConsentTexts", {"accept-language": "en"})
    assert in_english["data"]["consentTexts"][0]["body"] == "The text"


async def test_a_text_that_says_nothing_is_refused_by_field(database: Database):
    empty = {"title": {"zh": "", "en": "x"}, "body": {"zh": "x", "en": " "}}
    refused = await staff(database).publish_text("PRIVACY", **empty)
    assert [each["path"] for each in refused["problems"]] == ["title.zh", "body.en"]


async def test_a_yes_is_taken_and_taken_back(database: Database):
    await publish(database, ConsentPurpose.MARKETING)
    viewer = member(database, await a_member(database))
    given = {"purpose": "MARKETING", "channel": "PAD"}
    saved = await viewer.do("GrantConsent", version=1, **given)
    (consent,) = saved["viewer"]["consents"]
    assert (consent["isGranted"], consent["version"], consent["channel"]) == (True, 1, "PAD")
    await publish(database, ConsentPurpose.MARKETING)
    (consent,) = (await viewer.read("Viewer"))["consents"]
    assert (consent["isGranted"], consent["version"], consent["newestVersion"]) == (True, 1, 2)
    saved = await viewer.do("WithdrawConsent", **given)
    (consent,) = saved["viewer"]["consents"]
    assert consent["isGranted"] is False


async def test_an_old_text_is_refused_with_the_one_to_ask_about(database: Database):
    await publish(database, ConsentPurpose.TERMS, ConsentPurpose.TERMS)
    viewer = member(database, await a_member(database))
    refused = await viewer.do("GrantConsent", purpose="TERMS", version=1, channel="APP")
    assert (refused["__typename"], refused["newest"]) == ("ConsentTextUnknown", 2)
    refused = await viewer.do("GrantConsent", purpose="PRIVACY", version=1, channel="APP")
    assert (refused["__typename"], refused["newest"]) == ("ConsentTextUnknown", None)


async def test_without_the_consent_the_phone_is_gone(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    viewer = member(database, await a_member(database), phones=Phones(tap=PHONE))
    await viewer.do("BindPhoneByWeChat", code="tap", consentVersion=1)
    saved = await viewer.do("WithdrawConsent", purpose="PHONE", channel="MINI_PROGRAM")
    assert saved["viewer"]["phone"] is None


async def test_personalisation_is_switched_off_with_its_consent(database: Database):
    await publish(database, ConsentPurpose.PERSONALISATION)
    viewer = member(database, await a_member(database))
    given = {"purpose": "PERSONALISATION", "channel": "MINI_PROGRAM"}
    await viewer.do("GrantConsent", version=1, **given)
    saved = await viewer.do("WithdrawConsent", **given)
    assert saved["viewer"]["isPersonalised"] is False
    refused = await viewer.do("EditProfile", isPersonalised=True)
    assert [each["code"] for each in refused["problems"]] == ["consent_withdrawn"]


async def test_members_publish_no_texts(database: Database):
    for caller, code in (
        (Caller(database, None), "UNAUTHENTICATED"),
        (member(database, await a_member(database)), "FORBIDDEN"),
    ):
        given = {"requestId": str(make.an_id()), "reason": "x", "purpose": "TERMS", **TEXT}
        assert await caller.code("playground/PublishConsentText", input=given) == code
