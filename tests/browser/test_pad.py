"""The page as a pad: let in by a store manager in another tab, then staff at it by PIN."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, expect

from tests.browser.bench import PATIENCE, Bench, enter, press
from tests.browser.mall import BrowsedMall

MANAGER, GUIDE = "manager.st-sh.yuguang", "guide.st-sh.yuguang.2"
STRANGER = "guide.st-bj.yuguang.1"
STORE = "上海静安店"
POLLED = 3 * PATIENCE
"""A pad asks every five seconds, and less often where the mall wishes so."""


@asynccontextmanager
async def let_in(
    chromium: Browser, bench: Bench, mall: BrowsedMall, name: str
) -> AsyncGenerator[Bench]:
    """Connect the pad, and let it in as the manager of the store, in whose browser more follows."""
    await bench.open()
    await bench.act_as("pad")
    await bench.page.get_by_test_id("connect-pad").click()
    await expect(bench.page.locator("svg.code")).to_be_visible(timeout=PATIENCE)
    code = await bench.page.get_by_test_id("user-code").inner_text()
    address = await bench.page.get_by_test_id("approve").get_attribute("href")
    assert address is not None
    assert address.startswith(f"{mall.address}/oauth/device?")

    context = await chromium.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.goto(address)
    await enter(page, MANAGER, mall.sign_in.password)
    await expect(page.locator("#user_code")).to_have_value(code)
    await press(page, "find")
    await expect(page.locator(".shown")).to_have_text(code)
    await page.locator("#store").select_option(label=STORE)
    await page.locator("#name").fill(name)
    await press(page, "approve")
    await expect(page.locator("form")).to_have_count(0)

    await expect(bench.who).to_have_text(f"{name}{STORE}", timeout=POLLED)
    yield Bench(page, mall.page)
    await context.close()


async def sign_in_by_pin(bench: Bench, login: str, pin: str) -> None:
    """Type login and PIN at the pad."""
    await bench.page.locator('input[name="login"]').fill(login)
    await bench.page.locator('input[name="pin"]').fill(pin)
    await bench.page.locator(".panel button.primary").click()


async def test_a_pad_is_let_in_serves_the_staff_of_its_store_and_sees_no_more(
    chromium: Browser, bench: Bench, mall: BrowsedMall
):
    async with let_in(chromium, bench, mall, "静安收银台"):
        pass
    viewer = (await bench.run_operation("pad/PadViewer"))["padViewer"]
    assert (viewer["store"]["code"], viewer["staff"]) == ("ST-SH", None)

    await bench.page.get_by_test_id("sign-in").click()
    await sign_in_by_pin(bench, STRANGER, mall.sign_in.pin)
    await expect(bench.page.locator(".panel").get_by_role("alert")).to_be_visible()
    await sign_in_by_pin(bench, GUIDE, mall.sign_in.pin)
    await expect(bench.who).to_contain_text(f"导购 · {STORE}", timeout=PATIENCE)
    viewer = (await bench.run_operation("pad/PadViewer"))["padViewer"]
    assert viewer["staff"]["role"] == "GUIDE"
    levels = (await bench.run_operation("pad/StoreStock"))["stockLevels"]
    assert {each["placeId"] for each in levels} <= {viewer["store"]["id"]}

    # What the staff may ask in a browser they may not ask at a pad.
    await bench.act_as("staff")
    await bench.choose("playground/StaffMembers")
    await bench.act_as("pad")
    refused = await bench.run()
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["FORBIDDEN"]

    await bench.sign_out()
    await expect(bench.who).to_have_text(f"静安收银台{STORE}", timeout=PATIENCE)
    await bench.page.get_by_test_id("leave-pad").click()
    await expect(bench.page.get_by_test_id("connect-pad")).to_be_visible(timeout=PATIENCE)
    assert await bench.kept("pad") is None
    assert await bench.kept("pad-staff") is None


async def test_a_pad_that_its_manager_revokes_is_out_and_the_page_shows_it(
    chromium: Browser, bench: Bench, mall: BrowsedMall
):
    async with let_in(chromium, bench, mall, "静安试衣间") as manager:
        await bench.page.get_by_test_id("sign-in").click()
        await sign_in_by_pin(bench, GUIDE, mall.sign_in.pin)
        await expect(bench.who).to_contain_text("导购", timeout=PATIENCE)

        # The manager is signed in in that browser already, and only says yes to the playground.
        await manager.open()
        await manager.page.get_by_test_id("sign-in").click()
        await press(manager.page, "allow")
        await expect(manager.who).to_contain_text(f"店长 · {STORE}", timeout=PATIENCE)
        await manager.wait_until_open()
        revoked = (await manager.run_operation("playground/RevokePad"))["revokePad"]
        assert revoked["pad"]["name"] == "静安试衣间"
        assert revoked["pad"]["revokedAt"] is not None

    await bench.choose("pad/PadViewer")
    async with asyncio.timeout(PATIENCE / 1_000):
        while "errors" not in (answer := await bench.run()):
            await asyncio.sleep(0.2)
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["UNAUTHENTICATED"]
    await expect(bench.page.get_by_test_id("connect-pad")).to_be_visible(timeout=PATIENCE)
    assert await bench.kept("pad") is None
    assert await bench.kept("pad-staff") is None
