"""The machine's Chromium, which speaks to nobody but whom a page names."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    # Root may not have a sandbox; what is opened here are pages of ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Where it is; None where there is none. None is ever downloaded."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def running_chromium(path: str) -> AsyncGenerator[Browser]:
    """A headless browser with an empty profile."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()
