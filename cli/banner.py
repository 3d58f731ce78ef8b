"""What a started mall tells: where everything is, and a query to paste."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from cli import demo_sign_in
from cli.demo_sign_in import DemoSignIn
from cli.door import QUERY, Door
from sandbox.engines.home import Home
from sandbox.engines.place import Place


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
    sign_in: DemoSignIn | None,
    phone: str | None,
) -> str:
    """Return the lines for a person. Addresses that were given may hold a password: not shown.

    Nor is the staff token, but the file that holds it; None where this mall keeps none. What the
    demo staff sign in with is shown: it is there for whoever has started the mall. The phone is the
    page on which one is a member without WeChat; None where WeChat was given.
    """
    outside = f", servers' data in {place.base}" if place and not place.is_inside else ""
    return f"""
Shoal runs.

  API         {door.url}
  PostgreSQL  {servers.psql or "as MALL_DATABASE_URL says"}
  Valkey      {servers.valkey or "as MALL_REDIS_URL says"}
  Folder      {home.path}{outside}
  Logs        {home.path / "log"}
{_as_member(phone) if phone else ""}
Try it:

  curl -s {door.url} -H 'Content-Type: application/json' \\
    -d '{{"query": "{QUERY}"}}'
{_as_demo_staff(sign_in, home) if sign_in else ""}{_as_staff(staff_token) if staff_token else ""}
Ctrl-C stops everything; the data stays.
"""


def _as_member(phone: str) -> str:
    return f"""  Phone       {phone} 演示手机: be a member without WeChat
"""


def _as_demo_staff(sign_in: DemoSignIn, home: Home) -> str:
    return f"""
The demo brand's staff sign in with one password (kept in {demo_sign_in.file_of(home.path)}):

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
