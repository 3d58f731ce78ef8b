"""What the log says of members who sign in: each decision once, and nothing that opens anything."""

import pytest
from sqlalchemy import select
from structlog.typing import EventDict

from domain.kernel.db import Database
from domain.members.models import Member
from domain.sessions.rules import Grant
from tests.api.client import Api
from tests.api.oauth.browser import PHONE, Browser, asked
from tests.api.oauth.desk import ask
from tests.wechat import FakeWeChat

pytestmark = pytest.mark.usefixtures("own_clients")


def of_members(logged: list[EventDict]) -> list[tuple[object, ...]]:
    """What was said of members, without what every line has."""
    return [
        (each["event"], each["way"], each.get("outcome") or each["member_id"])
        for each in logged
        if str(each["event"]).startswith("member.sign")
    ]


async def by_wechat(api: Api, code: str, client: str = "mini-program") -> None:
    """Ask for tokens for a code of WeChat's."""
    await ask(api, form={"grant_type": Grant.WECHAT, "client_id": client, "code": code})


async def the_member(database: Database) -> str:
    async with database.writes() as session:
        return str((await session.scalars(select(Member.id))).one())


async def test_who_comes_by_wechat_is_in_the_log_once_by_their_id(
    api: Api, database: Database, wechat: FakeWeChat, logged: list[EventDict]
):
    person = wechat.person("林晓")
    code = wechat.login_code(person)
    await by_wechat(api, code)
    await by_wechat(api, code)
    await by_wechat(api, wechat.login_code(wechat.person("陌生人", is_high_risk=True)))
    # A request that is wrong says nothing of anybody.
    await by_wechat(api, "nonsense", "nobody")
    assert of_members(logged) == [
        ("member.signed_in", "wechat", await the_member(database)),
        ("member.sign_in_refused", "wechat", "CODE_USED"),
        ("member.sign_in_refused", "wechat", "PERSON_REFUSED"),
    ]
    said = str([each for each in logged if str(each["event"]).startswith("member.")])
    assert person.openid not in said
    assert code not in said


@pytest.mark.usefixtures("webshop")
async def test_who_comes_in_a_browser_is_in_the_log_once_by_their_id(
    browser: Browser, database: Database, wechat: FakeWeChat, logged: list[EventDict]
):
    await browser.open(asked())
    await browser.press("send_code", phone=PHONE)
    code = wechat.messages().sms[-1].code
    await browser.press("sign_in", code="000000" if code != "000000" else "111111")
    await browser.press("sign_in", code=code)
    assert of_members(logged) == [
        ("member.sign_in_refused", "browser", "CODE_WRONG"),
        ("member.signed_in", "browser", await the_member(database)),
    ]
    said = str([each for each in logged if str(each["event"]).startswith("member.")])
    assert PHONE[-8:] not in said
    assert code not in said
