"""``python -m tests.screenshot``: draws docs/playground.png from a throwaway mall."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click
from playwright.async_api import ViewportSize, expect

from api.playground.build import Build
from cli.building import NotBuilt, ensure_built
from cli.demo_sign_in import LOGINS
from tests.browser.bench import PATIENCE, Bench
from tests.browser.chromium import find_chromium, running_chromium
from tests.browser.mall import BrowsedMall, browsed_mall
from tests.folders import folder_for_throwaways

PICTURE = Path(__file__).parent.parent / "docs" / "playground.png"
OPERATION = "playground/StaffProducts"
_SIZE = ViewportSize(width=1360, height=820)


def main() -> None:
    """Run a mall, do something in its playground, and keep what that looks like."""
    path = find_chromium()
    if path is None:
        sys.exit("screenshot: there is no Chromium here; apt-get install chromium fonts-noto-cjk")
    try:
        ensure_built(Build(), click.echo)
    except NotBuilt as problem:
        sys.exit(f"screenshot: the playground could not be built\n{problem.failure.said}")
    with tempfile.TemporaryDirectory(prefix="shoal-", dir=folder_for_throwaways()) as folder:
        Path(folder).chmod(0o755)
        with browsed_mall(Path(folder)) as mall:
            asyncio.run(_draw(path, mall))
    click.echo(f"{PICTURE}: {PICTURE.stat().st_size // 1000} KB")


async def _draw(path: str, mall: BrowsedMall) -> None:
    async with running_chromium(path) as browser:
        context = await browser.new_context(locale="zh-CN", viewport=_SIZE)
        bench = Bench(await context.new_page(), mall.page)
        await bench.open()
        await bench.sign_in_as_staff(LOGINS[0], mall.sign_in.password)
        await expect(bench.who).to_be_visible(timeout=PATIENCE)
        await bench.run_operation(OPERATION)
        await expect(bench.answer).to_contain_text("PUBLISHED", timeout=PATIENCE)
        # Nothing should stand out but what was asked and answered.
        await bench.page.mouse.move(0, 0)
        await bench.page.wait_for_timeout(500)
        await bench.page.screenshot(path=PICTURE)
        await context.close()


if __name__ == "__main__":
    main()
