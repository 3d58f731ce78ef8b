"""The playground as a person uses it: signing in, choosing an operation, running it, reading."""

import json
from typing import Any

from playwright.async_api import Error as PageError
from playwright.async_api import Locator, Page, Request, Response, expect

_SECONDS = 1_000
PATIENCE = 20 * _SECONDS


async def press(page: Page, step: str) -> None:
    """Press a button of one of the mall's own pages."""
    await page.locator(f'button[name="step"][value="{step}"]').click()


async def enter(page: Page, login: str, password: str) -> None:
    """Sign in as staff where the mall's own pages ask for it."""
    await page.locator("#login").fill(login)
    await page.locator("#password").fill(password)
    await press(page, "sign_in")


class Bench:
    """One browser tab with the page in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.asked: list[str] = []
        """Every address that the tab asked for, in order."""
        self.wrong: list[str] = []
        """What the browser complained about: scripts that failed, things the policy refused."""
        page.set_default_timeout(PATIENCE)
        page.on("request", self._note)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text))

    async def open(self) -> None:
        """Open the page and wait for GraphiQL and the operations."""
        await self.page.goto(self.address)
        await self.wait_until_open()

    async def wait_until_open(self) -> None:
        """Wait for GraphiQL and the operations."""
        await expect(self.operations.locator("button").first).to_be_visible(timeout=PATIENCE)
        await expect(self.page.locator(".graphiql-query-editor .view-lines")).to_be_visible(
            timeout=PATIENCE
        )

    @property
    def operations(self) -> Locator:
        """The list of named operations."""
        return self.page.get_by_test_id("operations")

    @property
    def answer(self) -> Locator:
        """What GraphiQL shows of the answer."""
        return self.page.locator(".graphiql-response")

    @property
    def who(self) -> Locator:
        """Who is signed in, as the bar tells it."""
        return self.page.get_by_test_id("who")

    async def act_as(self, identity: str) -> None:
        """Choose whom to act as: ``staff``, ``member`` or ``pad``."""
        await self.page.locator(f'[data-identity="{identity}"]').click()

    async def sign_in_as_member(self, person: str) -> None:
        """Open the mini-program as somebody of the fake WeChat."""
        await self.act_as("member")
        await self.page.get_by_test_id("sign-in").click()
        await self.page.locator(f'[data-person="{person}"]').click()
        await expect(self.page.get_by_test_id("sign-out")).to_be_visible(timeout=PATIENCE)

    async def sign_in_as_staff(self, login: str, password: str) -> None:
        """Sign in at the mall's own pages, and let the playground act."""
        await self.page.get_by_test_id("sign-in").click()
        await enter(self.page, login, password)
        await press(self.page, "allow")
        await expect(self.page.get_by_test_id("sign-out")).to_be_visible(timeout=PATIENCE)
        await self.wait_until_open()

    async def kept(self, session: str) -> Any:
        """The tokens of a session that the tab keeps; None where it keeps none.

        Asked again where the page was just being left: the tab keeps the same on the next one.
        """
        question = f"sessionStorage['playground.{session}'] ?? 'null'"
        try:
            told = await self.page.evaluate(question)
        except PageError as error:
            if "Execution context was destroyed" not in error.message:
                raise
            await self.page.wait_for_load_state(timeout=PATIENCE)
            told = await self.page.evaluate(question)
        return json.loads(told)

    async def sign_out(self) -> None:
        """Leave; the page begins anew."""
        async with self.page.expect_event("load", timeout=PATIENCE):
            await self.page.get_by_test_id("sign-out").click()
        await expect(self.page.get_by_test_id("sign-in")).to_be_visible(timeout=PATIENCE)
        await self.wait_until_open()

    async def choose(self, document: str) -> None:
        """Open a named operation; its text is in the editor then."""
        await self.operations.locator(f'[data-operation="{document}"]').click()
        name = document.rpartition("/")[2]
        tab = self.page.locator(".graphiql-tab-active")
        await expect(tab).to_contain_text(name, timeout=PATIENCE)

    async def run(self) -> Any:
        """Run what is in the editor and answer with what the mall answered.

        The page asks on its own account too, such as who is signed in; those answers are others.
        """
        tab = self.page.locator(".graphiql-tab-active .graphiql-tab-button")
        name = (await tab.inner_text()).strip()

        def is_its_answer(response: Response) -> bool:
            asked = response.request.post_data or ""
            return response.url.endswith("/graphql") and name in asked

        async with self.page.expect_response(is_its_answer) as expected:
            await self.start()
        return await (await expected.value).json()

    async def start(self) -> None:
        """Press the button that runs, or stops, what is in the editor."""
        await self.page.locator(".graphiql-execute-button").click()

    async def show_tab(self, number: int) -> None:
        """Come back to a tab of GraphiQL, counted from 0."""
        await self.page.locator(".graphiql-tab-button").nth(number).click()

    async def run_operation(self, document: str) -> Any:
        """Choose a named operation, run it as it is, and answer with its data."""
        await self.choose(document)
        answer = await self.run()
        assert "errors" not in answer, answer
        return answer["data"]

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)

    def _hear(self, kind: str, text: str) -> None:
        # That an answer had another status than 200 is told there too, and is no fault of a page.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.wrong.append(text)
