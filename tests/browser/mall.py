"""A whole mall for the browser, as ``mall run`` starts it."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli import demo_sign_in
from cli.demo_sign_in import DemoSignIn
from tests.cli.mall_process import MallProcess, free_port

_RUN = (sys.executable, "-m", "cli", "run")
_START_SECONDS = 120


@dataclass(frozen=True)
class BrowsedMall:
    """Where a running mall is, and where the phone of its members."""

    address: str
    phone: str
    home: Path

    @property
    def page(self) -> str:
        """The address of the playground."""
        return f"{self.address}/playground"

    @property
    def sign_in(self) -> DemoSignIn:
        """What the demo brand's staff sign in with."""
        kept = demo_sign_in.kept(self.home)
        assert kept is not None
        return kept


@contextmanager
def browsed_mall(folder: Path, **environ: str) -> Generator[BrowsedMall]:
    """Run a mall with the demo brand in a folder, with servers of its own unless some are given."""
    port, home = free_port(), folder / "home"
    given = {"MALL_HOME": str(home), "MALL_PORT": str(port)} | environ
    mall = MallProcess(folder / "output", _RUN, environ=given)
    address = f"http://127.0.0.1:{port}"
    try:
        mall.until(f"\nready {address}/graphql\n", seconds=_START_SECONDS)
        phone = mall.said.split("  Phone       ")[1].split()[0]
        yield BrowsedMall(address, phone, home)
    finally:
        if mall.popen.poll() is None:
            mall.end()
