"""What a started mall tells: where everything is, and a query to paste."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from cli import demo_sign_in
from cli.demo_sign_in import DemoSignIn
from cli.door import QUERY, Door
from sandbox.engines.home import Home
from sandbox.engines.place import Place

_BEING_BUILT = " (being built; the page waits for it)"


@dataclass(frozen=True, slots=True)
class OwnServers:
    """How a person reaches the embedded servers; None for one that is not ours."""

    psql: str | None
    valkey: str | None


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How a person comes in: the file of the staff token, what the demo staff sign in with, the
    page on which one is a member without WeChat; None for what this mall has not.

    The playground may still be building.
    """

    staff_token: Path | None = None
    sign_in: DemoSignIn | None = None
    phone: str | None = None
    is_building: bool = False


def banner(door: Door, home: Home, place: Place | None, servers: OwnServers, ways: WaysIn) -> str:
    """Return the lines for a person. Addresses that were given may hold a password: not shown.

    Nor is the staff token, but the file that holds it. What the demo staff sign in with is shown:
    it is there for whoever has started the mall.
    """
    outside = f", servers' data in {place.base}" if place and not place.is_inside else ""
    return f"""
Shoal runs.

  API         {door.url}
  Playground  {door.address}/playground{_BEING_BUILT if ways.is_building else ""}
  PostgreSQL  {servers.psql or "as MALL_DATABASE_URL says"}
  Valkey      {servers.valkey or "as MALL_REDIS_URL says"}
  Folder      {home.path}{outside}
  Logs        {home.path / "log"}
{_as_member(ways.phone) if ways.phone else ""}
Try it:

  curl -s {door.url} -H 'Content-Type: application/json' \\
    -d '{{"query": "{QUERY}"}}'
{_as_demo_staff(ways.sign_in, door, home) if ways.sign_in else ""}\
{_as_staff(ways.staff_token) if ways.staff_token else ""}
Ctrl-C stops everything; the data stays.
"""


def _as_member(phone: str) -> str:
    return f"""  Phone       {phone} 演示手机: be a member, buy and pay without WeChat
"""


def _as_demo_staff(sign_in: DemoSignIn, door: Door, home: Home) -> str:
    return f"""
The demo brand's staff sign in at {door.address}/playground with one password
(kept in {demo_sign_in.file_of(home.path)}):

  Login       {" or ".join(demo_sign_in.LOGINS)}
  Password    {sign_in.password}
  PIN         {sign_in.pin} at pads of their stores
"""


def _as_staff(token: Path) -> str:
    header = f'-H "Authorization: Bearer $(cat {shlex.quote(str(token))})"'
    return f"""
As staff, such as for mutations, add the header of this mall:

  {header}
"""
