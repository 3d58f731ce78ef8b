"""What a started mall tells: where everything is, and a query to paste."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from cli.door import QUERY, Door
from sandbox.engines.home import Home
from sandbox.engines.place import Place

_BEING_BUILT = " (being built; the page waits for it)"


@dataclass(frozen=True, slots=True)
class OwnServers:
    """How a person reaches the embedded servers; None for one that is not ours."""

    psql: str | None
    valkey: str | None


def banner(
    door: Door,
    home: Home,
    place: Place | None,
    servers: OwnServers,
    *,
    staff_token: Path | None,
    phone: str | None,
    is_building: bool = False,
) -> str:
    """Return the lines for a person. Addresses that were given may hold a password: not shown.

    Nor is the staff token, but the file that holds it; None where this mall keeps none. The phone
    is the page on which one is a member without WeChat; None where WeChat was given. The playground
    may still be building.
    """
    outside = f", servers' data in {place.base}" if place and not place.is_inside else ""
    return f"""
Shoal runs.

  API         {door.url}
  Playground  {door.address}/playground{_BEING_BUILT if is_building else ""}
  PostgreSQL  {servers.psql or "as MALL_DATABASE_URL says"}
  Valkey      {servers.valkey or "as MALL_REDIS_URL says"}
  Folder      {home.path}{outside}
  Logs        {home.path / "log"}
{_as_member(phone) if phone else ""}
Try it:

  curl -s {door.url} -H 'Content-Type: application/json' \\
    -d '{{"query": "{QUERY}"}}'
{_as_staff(staff_token) if staff_token else ""}
Ctrl-C stops everything; the data stays.
"""


def _as_member(phone: str) -> str:
    return f"""  Phone       {phone} 演示手机: be a member without WeChat
"""


def _as_staff(token: Path) -> str:
    header = f'-H "Authorization: Bearer $(cat {shlex.quote(str(token))})"'
    return f"""
As staff, such as for mutations, add the header of this mall:

  {header}
"""
