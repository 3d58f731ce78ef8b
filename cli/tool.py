"""A tool of others, run to its end: what it says is kept, and it never outlives this process."""

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from domain.kernel.setting_names import PREFIX

NO_NETWORK = re.compile(
    "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|"
    "ERR_SOCKET_TIMEOUT|FETCH_ERROR|name resolution|NewConnectionError|Failed to establish|"
    "Network is unreachable|timed out|Connection refused|Max retries|ProxyError"
)
_REASON = re.compile(r"npm error \w")
"""How npm begins a line that says why; below these stands its stack."""
_MOST_REASONS = 6
_LAST_LINES = 12


class ToolFailed(Exception):
    """A tool ended with an error; ``said`` are the lines that matter of what it wrote."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        lines = said.strip().splitlines()
        reasons = [line for line in lines if _REASON.match(line)][:_MOST_REASONS]
        self.said = "\n".join(reasons or lines[-_LAST_LINES:])
        self.is_offline = NO_NETWORK.search(said) is not None


def run_tool(command: Sequence[str], folder: Path) -> str:
    """Run it in a folder and answer with what it wrote; raises `ToolFailed`.

    It learns nothing of the mall's settings, which hold secrets: packages of others run in it.
    When this process is interrupted meanwhile, the tool is killed with all that it started.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={name: text for name, text in os.environ.items() if not name.startswith(PREFIX)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise ToolFailed(f"{command[0]}: {error.strerror}") from error
    with process:
        try:
            said, _ = process.communicate()
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        raise ToolFailed(said)
    return said
