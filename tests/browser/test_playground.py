"""The playground in Chromium: it opens, shows the schema, and runs operations as whoever acts."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, expect
from starlette.applications import Starlette

from api.playground.build import INDEX, Build
from api.playground.serving import Playground, Surroundings
from tests.browser.bench import PATIENCE, Bench
from tests.browser.mall import BrowsedMall
from tests.wechat import serving

HOME_PAGE = "miniprogram/HomePage"
VIEWER = "miniprogram/Viewer"
IN_PRODUCTION = Surroundings(
    "屿光", "https://mall.example", "https://mall.example/media/", is_development=False, wechat=None
)


def origins(bench: Bench) -> set[str]:
    parts = [urlsplit(address) for address in bench.asked]
    return {f"{each.scheme}://{each.netloc}" for each in parts if each.scheme != "data"}


async def test_the_page_shows_the_schema_and_asks_nobody_but_the_mall(
    bench: Bench, mall: BrowsedMall
):
    await bench.open()
    await bench.page.get_by_label("Show Documentation Explorer").click()
    explorer = bench.page.locator(".graphiql-doc-explorer")
    await expect(explorer).to_contain_text("Mutation", timeout=PATIENCE)
    await explorer.get_by_text("Query", exact=True).click()
    await expect(explorer).to_contain_text("staffProducts", timeout=PATIENCE)
    assert origins(bench) == {mall.address}


async def test_a_named_operation_runs_and_its_answer_is_shown(bench: Bench):
    await bench.open()
    await bench.act_as("member")
    data = await bench.run_operation(HOME_PAGE)
    assert data["homePage"]["banners"]
    await expect(bench.answer).to_contain_text("banners", timeout=PATIENCE)


async def test_a_member_signs_in_by_the_fake_wechat_changes_something_and_leaves(
    bench: Bench, mall: BrowsedMall
):
    await bench.open()
    await bench.sign_in_as_member("李雷")
    viewer = (await bench.run_operation(VIEWER))["viewer"]
    await expect(bench.who).to_contain_text(viewer["name"], timeout=PATIENCE)

    edited = (await bench.run_operation("miniprogram/EditProfile"))["editProfile"]
    assert edited["__typename"] == "ViewerSaved"
    assert edited["viewer"]["name"] == "小雷"

    await bench.sign_out()
    # Whoever comes next finds nothing of what was asked and answered.
    await expect(bench.page.locator(".graphiql-tab")).to_have_count(1)
    kept = await bench.page.evaluate("JSON.stringify(sessionStorage)")
    assert "EditProfile" not in kept
    assert viewer["id"] not in kept
    await bench.choose(VIEWER)
    refused = await bench.run()
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert origins(bench) == {mall.address, mall.phone}


async def test_a_member_orders_and_the_page_that_listens_tells_of_it(
    chromium: Browser, bench: Bench, mall: BrowsedMall
):
    await bench.open()
    await bench.sign_in_as_member("韩梅梅")
    await bench.choose("miniprogram/OrderEvents")
    await bench.start()
    await expect(bench.answer).to_contain_text("OrderWatchBegan", timeout=PATIENCE)

    context = await chromium.new_context(locale="zh-CN")
    other = Bench(await context.new_page(), mall.page)
    await other.open()
    await other.sign_in_as_member("韩梅梅")
    # Each is run as it opens: what it needs is filled in from what was done before.
    await other.run_operation("miniprogram/CreateAddress")
    await other.run_operation("miniprogram/CartAdd")
    quote = (await other.run_operation("miniprogram/Quote"))["quote"]
    assert quote["obstacles"] == []
    placed = (await other.run_operation("miniprogram/OrderPlace"))["placeOrder"]
    assert (placed["__typename"], placed["payable"]) == ("OrderPlaced", quote["payable"])
    await expect(bench.answer).to_contain_text(placed["number"], timeout=PATIENCE)
    cancelled = (await other.run_operation("miniprogram/OrderCancel"))["cancelOrder"]
    assert cancelled == {"__typename": "OrderCancelled", "orderId": placed["orderId"]}
    await expect(bench.answer).to_contain_text("CLOSED", timeout=PATIENCE)
    assert other.wrong == []
    await context.close()


async def test_tokens_are_changed_in_time_and_once(bench: Bench):
    await bench.open()
    await bench.sign_in_as_member("韩梅梅")
    kept = json.loads(await bench.page.evaluate("sessionStorage['playground.member']"))
    stale = json.dumps({**kept, "expiresAt": 0})
    await bench.page.evaluate("text => sessionStorage['playground.member'] = text", stale)
    before = len(bench.asked)

    await bench.open()
    await bench.run_operation(VIEWER)

    asked = [urlsplit(address).path for address in bench.asked[before:]]
    assert asked.count("/oauth/token") == 1
    fresh = json.loads(await bench.page.evaluate("sessionStorage['playground.member']"))
    assert fresh["access"] != kept["access"]
    assert fresh["refresh"] != kept["refresh"]


async def test_a_duplicated_tab_leaves_the_tokens_to_the_first_one(bench: Bench, mall: BrowsedMall):
    await bench.open()
    await bench.sign_in_as_member("李雷")
    async with bench.page.expect_popup() as expected:
        await bench.page.evaluate("() => void window.open(location.href)")
    copy = Bench(await expected.value, mall.page)
    await expect(copy.page.get_by_test_id("sign-in")).to_be_visible(timeout=PATIENCE)
    assert await copy.page.evaluate("sessionStorage['playground.member']") is None
    assert (await bench.run_operation(VIEWER))["viewer"]


async def test_no_token_is_ever_in_an_address(bench: Bench):
    await bench.open()
    await bench.sign_in_as_member("李雷")
    await bench.run_operation(VIEWER)
    kept = json.loads(await bench.page.evaluate("sessionStorage['playground.member']"))
    for address in [*bench.asked, bench.page.url]:
        assert kept["access"] not in address
        assert kept["refresh"] not in address
    assert await bench.page.evaluate("Object.values(localStorage).join()") == ""


async def test_the_page_speaks_chinese_and_english(bench: Bench):
    await bench.open()
    await expect(bench.operations).to_contain_text("查看商品列表")
    await bench.page.get_by_test_id("language").click()
    await expect(bench.operations).to_contain_text("List products")
    await bench.open()
    await expect(bench.operations).to_contain_text("List products")


async def test_operations_are_found_by_their_words_in_either_language(bench: Bench):
    await bench.open()
    search = bench.operations.get_by_role("searchbox")
    for words in ("定价 历史", "past PRICES"):
        await search.fill(words)
        await expect(bench.operations.locator("[data-operation]")).to_have_count(1)
        await expect(bench.operations).to_contain_text("查看价格历史")


async def test_in_production_a_stranger_is_shown_the_way_in_and_the_mall_is_asked_nothing(
    chromium: Browser, built_playground: Build
):
    async with serving(
        Starlette(routes=Playground(built_playground, IN_PRODUCTION).routes())
    ) as port:
        context = await chromium.new_context()
        bench = Bench(await context.new_page(), f"http://127.0.0.1:{port}/playground")
        await bench.open()
        await expect(bench.page.get_by_test_id("sign-in")).to_be_visible()
        await expect(bench.page.locator("[data-identity]")).to_have_count(0)
        await context.close()
    assert not any(address.endswith("/graphql") for address in bench.asked)
    assert bench.wrong == []


async def test_the_page_that_says_what_is_missing_opens_the_playground_once_it_is_built(
    chromium: Browser, tmp_path: Path
):
    build = Build(tmp_path / "playground")
    async with serving(Starlette(routes=Playground(build, IN_PRODUCTION).routes())) as port:
        context = await chromium.new_context()
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{port}/playground")
        await expect(page.get_by_text("工作台暂不可用")).to_be_visible()
        await expect(page.get_by_text("not available at the moment")).to_be_visible()

        build.place.mkdir(parents=True)
        (build.place / INDEX).write_text("<h1>here it is</h1>")

        await expect(page.get_by_text("here it is")).to_be_visible(timeout=PATIENCE)
        await context.close()
