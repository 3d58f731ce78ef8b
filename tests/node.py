"""npm packages that tests run: installed once for each lock, in a folder that is not committed."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.http_audit.node import Node, NodeProblem, find_node

_BUILD = Path(__file__).parent.parent / "build" / "npm"
_FILES = ("package.json", "package-lock.json", ".npmrc")
_INSTALL_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Packages:
    """Installed packages, and the Node that runs scripts with them."""

    node: Node
    folder: Path

    @contextmanager
    def running(self, script: Path, *arguments: str) -> Generator["subprocess.Popen[str]"]:
        """A script that is spoken to by lines, and gone when the block ends."""
        # Given as a text, a module finds its packages from the working folder.
        command = [self.node.command, "--input-type=module", "-e", script.read_text(), *arguments]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def installed(package: Path) -> Packages:
    """The packages of a folder's lock; skips the test where they cannot be had, but fails in CI."""
    try:
        node = find_node()
        return Packages(node, _folder(node, package))
    except NodeProblem as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(problem))


def _folder(node: Node, package: Path) -> Path:
    lock = (package / "package-lock.json").read_bytes()
    folder = _BUILD / f"{package.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    if folder.exists():
        return folder
    # Made aside and renamed, for another test process may be at it, or this one may be stopped.
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    try:
        _install(node, package, fresh)
        if not folder.exists():
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _install(node: Node, package: Path, folder: Path) -> None:
    for name in _FILES:
        shutil.copy(package / name, folder)
    command = [*node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise NodeProblem("npm ci took too long") from error
    if done.returncode != 0:
        raise NodeProblem(f"npm ci did not succeed in tests/{package.name}:\n{done.stderr[-2000:]}")
