"""The environment is made, mended and left alone at the right times, and obstacles are named."""

import ast
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest

from tests.cli.mall_process import ROOT

SOURCE = ROOT / "cli" / "bootstrap.py"


class Checkout:
    """A checkout of its own whose packages are installed by nobody."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.installed: list[str] = []
        self._monkeypatch = monkeypatch
        for name in ("cli", "requirements"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name in ("pyproject.toml", "requirements/sandbox.txt", "requirements/dev.txt"):
            (folder / name).write_text("")
        shutil.copy(SOURCE, folder / "cli")

    @property
    def venv(self) -> Path:
        """Its environment."""
        return self.folder / ".venv"

    def bootstrap(self, level: str) -> int:
        """Run the bootstrap of this checkout with quick stand-ins for venv and pip."""
        module = self.module()
        self._monkeypatch.setattr(module, "_make_environment", self.make_environment)
        self._monkeypatch.setattr(module, "_install_packages", self.installed.append)
        return module.main([level])

    def module(self) -> ModuleType:
        """Load this checkout's bootstrap."""
        path = self.folder / "cli" / "bootstrap.py"
        spec = importlib.util.spec_from_file_location("bootstrap_under_test", path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def make_environment(self) -> None:
        """Make something that passes for an environment."""
        (self.venv / "bin").mkdir(parents=True)
        (self.venv / "bin" / "python").symlink_to(sys.executable)
        (self.venv / "bin" / "pip").write_text(f"#!{self.venv}/bin/python\n")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Return a checkout without an environment."""
    return Checkout(tmp_path / "checkout", monkeypatch)


@pytest.fixture
def no_other_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave one empty folder in PATH, and return it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture(autouse=True)
def signals_are_put_back() -> Generator[None]:
    """Undo the handler that the bootstrap installs."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_its_syntax_is_one_that_an_old_python_reads():
    ast.parse(SOURCE.read_text(), feature_version=(3, 6))


def test_what_is_installed_stays_and_nothing_is_said(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
):
    assert checkout.bootstrap("sandbox") == 0
    assert capsys.readouterr().out == "making .venv\n"

    assert checkout.bootstrap("sandbox") == 0

    assert capsys.readouterr().out == ""
    assert checkout.installed == ["sandbox"]


def test_dev_is_enough_for_the_sandbox_but_not_the_other_way_round(checkout: Checkout):
    for level in ("sandbox", "dev", "sandbox", "dev"):
        assert checkout.bootstrap(level) == 0

    assert checkout.installed == ["sandbox", "dev"]


def test_a_new_lock_is_installed_into_the_same_environment(checkout: Checkout):
    checkout.bootstrap("sandbox")
    (checkout.venv / "mark").touch()
    (checkout.folder / "requirements" / "sandbox.txt").write_text("new")

    assert checkout.bootstrap("sandbox") == 0

    assert checkout.installed == ["sandbox", "sandbox"]
    assert (checkout.venv / "mark").exists()


@pytest.mark.parametrize("how", ["interpreter gone", "interrupted", "moved"])
def test_a_broken_environment_is_made_again(
    checkout: Checkout, how: str, monkeypatch: pytest.MonkeyPatch
):
    checkout.bootstrap("sandbox")
    (checkout.venv / "mark").touch()
    if how == "interpreter gone":
        (checkout.venv / "bin" / "python").unlink()
    elif how == "interrupted":
        (checkout.venv / "shoal-stamp").unlink()
        (checkout.venv / "shoal-unfinished").touch()
    else:
        checkout.folder.rename(checkout.folder.with_name("elsewhere"))
        mark = checkout.folder.with_name("elsewhere") / ".venv"
        checkout = Checkout(checkout.folder.with_name("elsewhere"), monkeypatch)
        assert (mark / "mark").exists()

    assert checkout.bootstrap("sandbox") == 0

    assert not (checkout.venv / "mark").exists()
    assert checkout.installed[-1] == "sandbox"


def test_an_old_python_is_told_which_one_to_install(
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    no_other_python: Path,
):
    bootstrap = checkout.module()
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 99))

    assert bootstrap.main(["sandbox"]) == 1

    said = capsys.readouterr().err
    assert said.startswith("mall: Shoal needs Python 3.11 or newer; this one is 3.")
    assert said.endswith("no other is there.\nInstall one from https://www.python.org/downloads/\n")
    assert not checkout.venv.exists()


def test_a_newer_python_beside_an_old_one_takes_over(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, no_other_python: Path
):
    newer = no_other_python / "python3.13"
    newer.write_text('#!/bin/sh\ncase "$*" in *version_info*) echo 3 99;; esac\n')
    newer.chmod(0o755)
    bootstrap = checkout.module()
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 99))
    taken_over: list[list[str]] = []

    def take_over(path: str, words: list[str]) -> None:
        taken_over.append(words)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "execv", take_over)

    bootstrap.main(["dev"])

    assert taken_over == [[str(newer), str(checkout.folder / "cli" / "bootstrap.py"), "dev"]]


@pytest.mark.parametrize(
    ("uid", "command"),
    [(0, "apt-get install -y python3.11-venv"), (1000, "sudo apt-get install -y python3.11-venv")],
)
def test_where_venv_is_missing_one_command_is_told(
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    no_other_python: Path,
    uid: int,
    command: str,
):
    """A Python without ensurepip, as Debian's is before its package for environments comes."""
    bare = no_other_python / "python3"
    bare.write_text('#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\necho 3 11\n')
    (no_other_python / "apt-get").write_text("#!/bin/sh\n")
    for path in no_other_python.iterdir():
        path.chmod(0o755)
    monkeypatch.setattr(os, "getuid", lambda: uid)
    monkeypatch.setattr(sys, "executable", str(bare))

    assert checkout.module().main(["sandbox"]) == 1

    said = capsys.readouterr().err.splitlines()
    assert said[0] == "mall: This python3.11 cannot make an environment. Run this once:"
    assert said[1].endswith(command)
    assert len(said) == 2


def test_a_full_disk_is_told_before_anything_is_made(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    bootstrap = checkout.module()
    monkeypatch.setattr(bootstrap, "NEEDED_MEGABYTES", {"sandbox": 10**9})

    assert bootstrap.main(["sandbox"]) == 1

    assert f"The disk of {checkout.folder} is full:" in capsys.readouterr().err
    assert not checkout.venv.exists()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("OSError: [Errno 28] No space left on device", "There is no room left on the disk"),
        ("Failed to establish a new connection", "The package index cannot be reached"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "A package differs from the locked one"),
        ("error: something else", "The locked packages could not be installed"),
    ],
)
def test_why_pip_failed_is_said_in_a_sentence(
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    why: str,
):
    checkout.bootstrap("sandbox")
    capsys.readouterr()
    (checkout.folder / "pyproject.toml").write_text("changed")
    bootstrap = checkout.module()
    monkeypatch.setattr(bootstrap, "PIP", ("sh", "-c", f"echo '{line}'; exit 2"))

    assert bootstrap.main(["sandbox"]) == 1

    said = capsys.readouterr().err
    assert said.startswith(f"mall: {why}")
    assert said.endswith(f"shoal-pip.log:\n  {line}\n")
    assert not (checkout.venv / "shoal-unfinished").exists()


def test_two_at_once_take_turns(checkout: Checkout):
    descriptor = os.open(checkout.folder / "requirements", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    command = [sys.executable, str(checkout.folder / "cli" / "bootstrap.py"), "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as second:
        assert second.stdout
        assert second.stdout.readline() == "waiting for another installation into this folder\n"
        # The first one has finished in the meantime.
        checkout_is_ready(checkout)
        os.close(descriptor)

        assert second.wait(20) == 0
        assert second.stdout.read() == ""


def checkout_is_ready(checkout: Checkout) -> None:
    """Make the environment without the lock, which the test itself holds."""
    bootstrap = checkout.module()
    checkout.make_environment()
    (checkout.venv / "shoal-stamp").write_text(f"dev {bootstrap._digest()}\n")
