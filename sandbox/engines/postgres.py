"""The embedded PostgreSQL: its data folder, its command line, and how it is known to answer."""

import shutil
import signal
from pathlib import Path
from urllib.parse import quote

from sandbox.engines.binaries import POSTGRES_MAJOR
from sandbox.engines.child import Child, Patience, Program, run_to_end
from sandbox.engines.place import Place, make_private
from sandbox.engines.problem import EngineProblem, of_log

OWNER = "shoal"
APPLICATION = "shoal_application"
DATABASE = "shoal"
# Only these: variables such as PGPORT or LC_ALL of the caller are not meant for this server.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
START_SECONDS = 60

COMMON = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "128MB",
    # Plans of many short statements are not worth compiling.
    "jit": "off",
}
LASTING = {"max_connections": "100"}
THROWAWAY = {
    "max_connections": "300",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Below the lock timeout: who waits in a circle is then told so and counted, and no test takes
    # a circle for a busy moment.
    "deadlock_timeout": "200ms",
}


def url(place: Place) -> str:
    """Return the address of the mall's database as the one who owns all that is in it."""
    return _url(place, OWNER)


def application_url(place: Place) -> str:
    """Return the address of the mall's database as the API and the workers open it."""
    return _url(place, APPLICATION)


def psql(place: Place) -> str:
    """Return the command line that opens the mall's database for a person."""
    return f"{place.binaries.postgres / 'psql'} '{url(place)}'"


def create(place: Place, patience: Patience, *, throwaway: bool) -> None:
    """Make the data folder if there is none; refuse one of another version, untouched.

    It is made under another name and then renamed, so a killed start leaves nothing half.
    """
    if _holds_data(place.postgres):
        return
    fresh = place.base / "postgres.new"
    shutil.rmtree(fresh, ignore_errors=True)
    make_private(fresh, place.account)
    _short(place, patience, "initdb", *_initdb_options(fresh, throwaway=throwaway))
    single = ("postgres", "--single", "-D", str(fresh), "postgres")
    _short(place, patience, *single, reads=f"CREATE DATABASE {DATABASE}\n".encode())
    fresh.replace(place.postgres)


def program(place: Place, *, throwaway: bool) -> Program:
    """Return the server, in the foreground: as a child it cannot be lost."""
    given = COMMON | (THROWAWAY if throwaway else LASTING)
    given["unix_socket_directories"] = str(place.sockets)
    options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        argv=(str(place.binaries.postgres / "postgres"), "-D", str(place.postgres), *options),
        environment=ENVIRONMENT,
        folder=place.postgres,
        log=place.home.log("postgres"),
        account=place.account,
        # Fast shutdown ends sessions and writes everything out; immediate recovers at the start.
        stop_signal=signal.SIGQUIT if throwaway else signal.SIGINT,
        hurry_signal=signal.SIGQUIT,
        stop_seconds=20,
    )


def await_answer(child: Child, place: Place, patience: Patience) -> None:
    """Wait until it takes connections; raise `EngineProblem` with its last words if it ends."""
    asking = Program(
        name="pg_isready",
        argv=(
            str(place.binaries.postgres / "pg_isready"),
            *("-q", "-h", str(place.sockets), "-U", OWNER, "-d", DATABASE, "-t", "2"),
        ),
        environment=ENVIRONMENT,
        folder=place.base,
    )
    while run_to_end(asking, patience)[0] != 0:
        if child.exit_status is not None:
            raise _did_not_start(place, child.said())
        patience.pause()


def make_application_role(place: Place, patience: Patience) -> None:
    """Make the application's role in a running server, unless it is there.

    So it also comes into data of earlier checkouts, which had only the owner.
    """
    looked_for = f"SELECT FROM pg_roles WHERE rolname = '{APPLICATION}'"
    made = f"CREATE ROLE {APPLICATION} LOGIN"
    block = f"DO $$ BEGIN IF NOT EXISTS ({looked_for}) THEN {made}; END IF; END $$"
    _short(place, patience, "psql", "-qXc", block, url(place))


def take_statistics(place: Place, patience: Patience) -> None:
    """Let it look at what was written in bulk, which the application has no right to ask for."""
    _short(place, patience, "psql", "-qXc", "ANALYZE", url(place))


def _url(place: Place, role: str) -> str:
    return f"postgresql://{role}@/{DATABASE}?host={quote(str(place.sockets), safe='')}"


def _holds_data(folder: Path) -> bool:
    if not folder.is_dir() or not any(folder.iterdir()):
        return False
    try:
        version = (folder / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EngineProblem(
            f"{folder} is not empty, but holds no PostgreSQL data.", f"Move it away: mv {folder} …"
        ) from None
    if version != POSTGRES_MAJOR:
        raise EngineProblem(
            f"{folder} was made by PostgreSQL {version}; this release brings {POSTGRES_MAJOR}. "
            "Nothing was touched.",
            "Start the release of Shoal that made it and pg_dump, or set another MALL_HOME.",
        )
    return True


def _initdb_options(folder: Path, *, throwaway: bool) -> list[str]:
    options = [
        *("-D", str(folder), "-U", OWNER, "--encoding=UTF8"),
        # The bundled server has no ICU; this one orders by code point, everywhere the same.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        # Right only because nobody but this account (and root) enters the sockets' folder,
        # and the server listens nowhere else.
        "--auth=trust",
    ]
    return [*options, "--no-sync"] if throwaway else options


def _short(place: Place, patience: Patience, name: str, *words: str, reads: bytes = b"") -> None:
    short = Program(
        name=name,
        argv=(str(place.binaries.postgres / name), *words),
        environment=ENVIRONMENT,
        folder=place.base,
        log=place.home.log("postgres"),
        reads=reads,
        account=place.account,
    )
    status, said = run_to_end(short, patience)
    if status != 0:
        raise of_log("The database could not be made", said, _log(place), place.base)


def _did_not_start(place: Place, said: str) -> EngineProblem:
    return of_log("PostgreSQL did not start", said, _log(place), place.base)


def _log(place: Place) -> Path:
    return place.home.log("postgres")
