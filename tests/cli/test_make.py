"""The Makefile's own part: signals reach the mall, and the list of targets is complete."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from tests.cli.mall_process import ROOT, MallProcess, stubs, wait_for

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")


@pytest.fixture
def made(
    open_folder: Path, home: Path, port: int, tmp_path: Path, servers: dict[str, str]
) -> Generator[MallProcess]:
    """Return a ready mall that ``make run`` started, with stubs for Python and bootstrap."""
    checkout = open_folder / "checkout"
    (checkout / "cli").mkdir(parents=True)
    (checkout / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", checkout)
    (checkout / "cli" / "bootstrap.py").write_text("")
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\nexec {' '.join(stubs(home, port))}\n")
    python.chmod(0o755)
    command = ["make", "run", f"PYTHON={sys.executable}"]
    mall = MallProcess(tmp_path / "output", command, folder=checkout, environ=servers)
    mall.until("ready")
    yield mall
    if mall.popen.poll() is None:
        mall.end()


def test_sigterm_to_make_ends_everything(made: MallProcess):
    made.end(signal.SIGTERM)

    assert "stopped" in made.said


def test_ctrl_c_ends_everything_quietly(made: MallProcess):
    below = made.descendants()

    os.killpg(made.popen.pid, signal.SIGINT)
    made.popen.wait(20)

    assert not any(process.is_running() for process in below)
    assert "Error" not in made.said
    assert "Traceback" not in made.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_that_make_keeps_to_itself_ends_everything(
    made: MallProcess, number: signal.Signals
):
    below = made.descendants()

    made.popen.send_signal(number)
    made.popen.wait(20)

    wait_for(lambda: not any(is_alive(process) for process in below))


def is_alive(process: psutil.Process) -> bool:
    """Say whether it still does something; an orphan may wait for somebody to bury it."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_help_lists_every_target_that_is_for_a_person():
    # As by hand, also when this suite itself runs below a make.
    environ = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, env=environ, check=True, capture_output=True, text=True
    ).stdout
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert [line.split()[0] for line in listed.splitlines()] == targets
    assert {"run", "test", "check", "bench", "soak", "schema", "lock", "clean"} <= set(targets)
