"""The embedded Valkey: its data folder, its command line, and how it is known to answer."""

import itertools
import re
import socket
from urllib.parse import quote

from sandbox.engines.child import Child, Patience, Program
from sandbox.engines.place import Place
from sandbox.engines.problem import of_log

SOCKET = "valkey.sock"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
UNREADABLE = re.compile(r"\bAOF\b|\bRDB\b|append only|manifest|loading the DB", re.IGNORECASE)

LASTING = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "")
THROWAWAY = ("--appendonly", "no", "--save", "", "--databases", "64")


def url(place: Place) -> str:
    """Return the address of its first database."""
    return f"unix://{quote(str(place.sockets / SOCKET))}?db=0"


def program(place: Place, *, throwaway: bool) -> Program:
    """Return the server; it listens on its socket only."""
    place.make_folder(place.valkey)
    return Program(
        name="valkey",
        argv=(
            str(place.binaries.valkey_server),
            *(
                "--port",
                "0",
                "--unixsocket",
                str(place.sockets / SOCKET),
                "--unixsocketperm",
                "700",
            ),
            *("--dir", str(place.valkey), "--maxmemory-policy", "noeviction"),
            # Its command line stays as it was given, which is how it is known again.
            *("--set-proc-title", "no"),
            *(THROWAWAY if throwaway else LASTING),
        ),
        environment=ENVIRONMENT,
        folder=place.valkey,
        log=place.home.log("valkey"),
        account=place.account,
        stop_seconds=10,
    )


def await_answer(child: Child, place: Place, patience: Patience) -> None:
    """Wait until it answers; raise `EngineProblem` with its last words if it ends instead."""
    while not _answers(place):
        if child.exit_status is not None:
            log = place.home.log("valkey")
            raise of_log("Valkey did not start", child.said(), log, place.base)
        patience.pause()


def set_aside(child: Child, place: Place) -> str | None:
    """Move data away that this Valkey cannot load, and return what to tell about it.

    Nothing of value is lost, since PostgreSQL holds the truth. None means that it ended for
    another reason and its data stays.
    """
    if not UNREADABLE.search(child.said()) or not any(place.valkey.iterdir()):
        return None
    names = (place.valkey.with_name(f"valkey.bad-{n}") for n in itertools.count(1))
    bad = next(name for name in names if not name.exists())
    place.valkey.replace(bad)
    place.make_folder(place.valkey)
    return f"Valkey could not load its data; it is now in {bad}, and Valkey starts empty."


def _answers(place: Place) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(place.sockets / SOCKET))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
