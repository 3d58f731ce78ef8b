"""The page of the phone: a member buys, pays and is told of it, all by hand."""

import json
import re
from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.browser.bench import PATIENCE
from tests.browser.mall import BrowsedMall

PAID, PENDING = "已付款 PAID", "待付款 PENDING_PAYMENT"
ORDER_PAID, REFUNDED = "付款成功 Order paid", "退款成功 Refund made"


class Phone:
    """One tab with the page in it, held by whoever was made last."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        """Scripts of the page that failed."""
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def at(self, name: str) -> Locator:
        """An element by its id."""
        return self.page.locator(f"#{name}")

    def lines(self, name: str) -> Locator:
        """The lines of a list."""
        return self.at(name).locator("li")

    async def press(self, *names: str) -> None:
        """Click buttons by their ids, one after the other."""
        for name in names:
            await self.at(name).click()

    async def become(self, person: str, number: str) -> None:
        """Make a person and open the mini-program as them."""
        await self.at("name").fill(person)
        await self.at("number").fill(number)
        await self.at("create").locator("button").click()
        await expect(self.at("person")).to_have_value(person, timeout=PATIENCE)
        await self.press("sign-in")
        await expect(self.at("token")).not_to_have_value("", timeout=PATIENCE)

    async def answer_permits(self, answer: str, *, then: int) -> None:
        """Answer the sheet of permits; the mall has so many for paid orders then."""
        await self.press("ask-permits", answer)
        await self.shows("permits", f"{ORDER_PAID}: {then}")

    async def buy(self) -> Locator:
        """Buy something; the line of the new order, which stands first."""
        before = await self.lines("mall-orders").count()
        await self.press("buy")
        await expect(self.lines("mall-orders")).to_have_count(before + 1, timeout=PATIENCE)
        number = await self.lines("mall-orders").first.inner_text()
        order = self.lines("mall-orders").filter(has_text=number.split(" · ")[0])
        await expect(order).to_contain_text(PENDING)
        return order

    async def open_payment(self, order: Locator) -> None:
        """Open the sheet of an order; the fake opens it only where the mall's paySign verifies."""
        await order.get_by_role("button").click()
        await expect(self.at("sheet")).to_be_visible(timeout=PATIENCE)

    async def pay(self, order: Locator) -> None:
        """Pay an order; the mall says so."""
        await self.open_payment(order)
        await self.press("pay")
        await expect(order).to_contain_text(PAID, timeout=PATIENCE)

    async def shows(self, name: str, text: str | re.Pattern[str]) -> None:
        """Wait until an element has a text in it."""
        await expect(self.at(name)).to_contain_text(text, timeout=PATIENCE)


@pytest.fixture
async def phone(profile: BrowserContext, mall: BrowsedMall) -> AsyncGenerator[Phone]:
    """The page on its first look; no script of it may fail."""
    phone = Phone(await profile.new_page())
    await phone.page.goto(mall.phone)
    yield phone
    await phone.page.close()
    assert phone.wrong == []


async def test_a_purchase_by_hand_is_paid_and_each_permit_buys_one_message(phone: Phone):
    told = phone.lines("subscribe").filter(has_text="顾盼")
    await phone.become("顾盼", "+8613700137000")
    await phone.press("ask-permits")
    await phone.at("permit-choices").get_by_label(REFUNDED).uncheck()
    await phone.press("allow")
    await phone.shows("permits", f"{ORDER_PAID}: 1")
    await phone.shows("permits", f"{REFUNDED}: 0")

    await phone.pay(await phone.buy())

    await expect(told).to_have_count(1, timeout=PATIENCE)
    await expect(phone.lines("inbox")).to_have_count(1, timeout=PATIENCE)
    number = (await phone.lines("mall-orders").inner_text()).split(" · ")[0]
    await phone.shows("subscribe", number)
    await phone.shows("inbox", number)
    await phone.shows("permits", f"{ORDER_PAID}: 0")

    # A yes and then a no: the mall sends nothing, though WeChat would still take one message.
    await phone.answer_permits("allow", then=1)
    await phone.answer_permits("refuse", then=0)
    await phone.pay(await phone.buy())
    await expect(phone.lines("inbox")).to_have_count(2, timeout=PATIENCE)
    await expect(told).to_have_count(1)


async def test_what_is_refused_is_said_and_who_leaves_the_sheet_pays_later(phone: Phone):
    await phone.become("陆离", "+8613600136000")
    await phone.at("units").fill("999")
    await phone.press("buy")
    await phone.shows("refusal", re.compile("OUT_OF_STOCK: .*[\u4e00-\u9fff]"))
    await expect(phone.lines("mall-orders")).to_have_count(0)

    await phone.at("units").fill("1")
    order = await phone.buy()
    await expect(phone.at("refusal")).to_be_empty()
    await phone.open_payment(order)
    await phone.press("cancel")
    await phone.shows("result", "requestPayment:fail cancel")

    parameters = json.loads(await phone.at("parameters").input_value())
    await phone.at("parameters").fill(json.dumps(parameters | {"paySign": "AAAA"}))
    await phone.press("open-sheet")
    await phone.shows("refusal", "paySign")

    await phone.press("list-orders")
    await expect(order).to_contain_text(PENDING)
    await phone.pay(order)
