"""The staff in the playground: signing in, reading, changing, being refused, listening, leaving."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.async_api import Browser, expect

from tests.browser.bench import PATIENCE, Bench, enter, press
from tests.browser.mall import BrowsedMall
from tests.patience import PATIENCE_SECONDS

OWNER, OPERATOR = "owner.yuguang", "operator.1.yuguang"
GUIDE = "guide.st-sh.yuguang.1"


@asynccontextmanager
async def elsewhere(chromium: Browser, mall: BrowsedMall) -> AsyncGenerator[Bench]:
    """A tab of another browser."""
    context = await chromium.new_context(locale="zh-CN")
    bench = Bench(await context.new_page(), mall.page)
    await bench.open()
    yield bench
    await context.close()
    assert bench.wrong == []


async def until_revoked(mall: BrowsedMall, token: str) -> None:
    """Wait until the mall takes a token for nobody's."""
    async with asyncio.timeout(PATIENCE / 1_000):
        while "errors" not in (answer := await ask(mall, token)):
            await asyncio.sleep(0.1)
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["UNAUTHENTICATED"]


async def ask(mall: BrowsedMall, token: str) -> Any:
    """Ask who has a token, outside of the page."""
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
        answer = await http.post(
            f"{mall.address}/graphql",
            json={"query": "{ staffViewer { name } }"},
            headers={"authorization": f"Bearer {token}"},
        )
    return answer.json()


async def test_the_owner_signs_in_reads_changes_is_refused_and_signs_out(
    bench: Bench, mall: BrowsedMall
):
    await bench.open()
    await bench.sign_in_as_staff(OWNER, mall.sign_in.password)
    await expect(bench.who).to_have_text("沈屿品牌负责人 · 全商城", timeout=PATIENCE)
    assert urlsplit(bench.page.url).query == ""

    found = (await bench.run_operation("playground/StaffProducts"))["staffProducts"]
    assert found["edges"]
    await expect(bench.answer).to_contain_text(found["edges"][0]["node"]["code"], timeout=PATIENCE)

    # Two tabs with the same draft at the same revision: the second to be run comes too late.
    await bench.choose("playground/EditProduct")
    tabs = await bench.page.locator(".graphiql-tab").count()
    saved = (await bench.run_operation("playground/PublishProduct"))["publishProduct"]
    assert (saved["__typename"], saved["product"]["status"]) == ("ProductSaved", "PUBLISHED")
    await bench.show_tab(tabs - 1)
    refused = (await bench.run())["data"]["editProduct"]
    assert refused["__typename"] == "ProductChanged"
    assert refused["revision"] == saved["product"]["revision"]
    await expect(bench.answer).to_contain_text("ProductChanged", timeout=PATIENCE)

    trail = (await bench.run_operation("playground/AuditEntries"))["auditEntries"]["edges"]
    assert (trail[0]["node"]["actor"]["name"], trail[0]["node"]["subjectId"]) == (
        "沈屿",
        saved["product"]["id"],
    )

    token = (await bench.kept("staff"))["access"]
    assert (await ask(mall, token))["data"] == {"staffViewer": {"name": "沈屿"}}
    await bench.sign_out()
    await expect(bench.who).to_have_count(0)
    assert await bench.kept("staff") is None
    await until_revoked(mall, token)
    assert [each for each in bench.asked if token in each] == []


async def test_a_sign_in_elsewhere_appears_in_the_page_that_listens(
    chromium: Browser, bench: Bench, mall: BrowsedMall
):
    await bench.open()
    await bench.sign_in_as_staff(OPERATOR, mall.sign_in.password)
    await bench.choose("miniprogram/SessionEvents")
    async with bench.page.expect_websocket() as opened:
        await bench.start()
    assert urlsplit((await opened.value).url).query == ""
    await expect(bench.answer).to_contain_text("SessionWatchBegan", timeout=PATIENCE)

    async with elsewhere(chromium, mall) as other:
        await other.sign_in_as_staff(OPERATOR, mall.sign_in.password)
        await expect(bench.answer).to_contain_text("SessionBegun", timeout=PATIENCE)
        await other.sign_out()
        await expect(bench.answer).to_contain_text("SessionEnded", timeout=PATIENCE)

    socket = await opened.value
    async with socket.expect_event("close"):
        await bench.start()


async def test_a_page_whose_session_is_ended_elsewhere_shows_nobody(
    bench: Bench, mall: BrowsedMall
):
    await bench.open()
    await bench.sign_in_as_staff(OPERATOR, mall.sign_in.password)
    # The browser reads Chinese; it is the page's language that the mall answers in.
    await bench.page.get_by_test_id("language").click()
    await bench.choose("miniprogram/SessionEvents")
    await bench.start()
    await expect(bench.answer).to_contain_text("SessionWatchBegan", timeout=PATIENCE)

    form = {"client_id": "playground", "token": (await bench.kept("staff"))["refresh"]}
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
        await http.post(f"{mall.address}/oauth/revoke", data=form)

    await expect(bench.page.get_by_test_id("sign-in")).to_be_visible(timeout=PATIENCE)
    await expect(bench.answer).to_contain_text("You are signed out", timeout=PATIENCE)
    assert await bench.kept("staff") is None


async def test_a_guide_sees_their_store_and_may_not_do_what_operators_do(
    bench: Bench, mall: BrowsedMall
):
    await bench.open()
    await bench.sign_in_as_staff(GUIDE, mall.sign_in.password)
    await expect(bench.who).to_contain_text("导购 · 上海静安店", timeout=PATIENCE)
    viewer = (await bench.run_operation("playground/StaffViewer"))["staffViewer"]
    assert viewer["role"] == "GUIDE"
    await bench.choose("playground/CreateTag")
    refused = await bench.run()
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["FORBIDDEN"]
    await expect(bench.answer).to_contain_text("您没有权限执行此操作", timeout=PATIENCE)
    await bench.page.get_by_test_id("language").click()
    await expect(bench.who).to_contain_text("Guide · Jing'an, Shanghai")


async def test_who_does_not_allow_it_is_told_and_nobody_is_signed_in(
    bench: Bench, mall: BrowsedMall
):
    await bench.open()
    await bench.page.get_by_test_id("sign-in").click()
    await enter(bench.page, OPERATOR, mall.sign_in.password[1:])
    await expect(bench.page.get_by_role("alert").first).to_contain_text("账号或密码")
    await enter(bench.page, OPERATOR, mall.sign_in.password)
    await press(bench.page, "deny")
    await expect(bench.page.get_by_role("alert").first).to_contain_text(
        "您没有同意授权", timeout=PATIENCE
    )
    await expect(bench.page.get_by_test_id("sign-in")).to_be_visible()
    assert not re.search("error|state", bench.page.url)
