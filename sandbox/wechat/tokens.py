"""Access tokens over HTTP: ``/cgi-bin/stable_token``, and the check of those that are sent."""

import hmac

import msgspec

from sandbox.wechat.refusals import Refusal
from sandbox.wechat.sent import Sent
from sandbox.wechat.world import World


class _Request(msgspec.Struct):
    grant_type: str = ""
    appid: str = ""
    secret: str = ""
    force_refresh: bool = False


def stable_token(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``POST /cgi-bin/stable_token``."""
    request = sent.json(_Request)
    if request.grant_type != "client_credential":
        raise Refusal(40002, "invalid grant_type")
    check_app(world, request.appid, request.secret)
    now = world.clock()
    give = world.tokens.forced if request.force_refresh else world.tokens.stable
    token = give(now, world.random, length=world.token_length)
    left = int((token.expires_at - now).total_seconds())
    return {"access_token": token.value, "expires_in": left}


def check_app(world: World, app_id: str, secret: str) -> None:
    """Raise `Refusal` unless whoever calls is the mini-program."""
    if not app_id:
        raise Refusal(41002, "appid missing")
    if not secret:
        raise Refusal(41004, "appsecret missing")
    if app_id != world.app.app_id:
        raise Refusal(40013, "invalid appid")
    if not hmac.compare_digest(secret.encode(), world.app.secret.encode()):
        raise Refusal(40125, "invalid appsecret")


def check_token(world: World, sent: Sent) -> None:
    """Raise `Refusal` unless the call carries an access token that is good now."""
    world.tokens.check(sent.query.get("access_token"), world.clock())
