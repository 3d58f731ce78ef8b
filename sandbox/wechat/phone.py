"""The page on which a person is a member without WeChat: signs in, gives a number, reads."""

from pathlib import Path

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.kernel.ids import new_id
from sandbox.wechat.asked import AccessToken, Name, asked, language_of, refused, somebody, told
from sandbox.wechat.mall import Answer, Mall
from sandbox.wechat.world import World

_FILES = Path(__file__).parent / "page"
_OWN_FILES_ONLY = {
    "content-security-policy": "default-src 'self'; img-src data:; frame-ancestors 'none'",
    "cache-control": "no-cache",
}


def phone_routes(world: World, mall: Mall | None) -> list[Route]:
    """Return the page and what its buttons ask for; without a mall it only shows codes."""
    phone = _Phone(world, mall)
    return [
        _file("/", "phone.html", "text/html"),
        _file("/phone", "phone.html", "text/html"),
        _file("/phone.js", "phone.js", "text/javascript"),
        _file("/pay.js", "pay.js", "text/javascript"),
        _file("/messages.js", "messages.js", "text/javascript"),
        _file("/shipping.js", "shipping.js", "text/javascript"),
        _file("/phone.css", "phone.css", "text/css"),
        Route("/phone/mall", phone.mall, methods=["GET"]),
        Route("/phone/sign-in", phone.sign_in, methods=["POST"]),
        Route("/phone/bind-phone", phone.bind_phone, methods=["POST"]),
    ]


class _SignInAsked(Struct, forbid_unknown_fields=True):
    person: Name


class _BindPhoneAsked(Struct, forbid_unknown_fields=True):
    person: Name
    access_token: AccessToken | None = None


class _SignedIn(Struct):
    """The code is spent where there is a mall."""

    code: str
    exchange: Answer | None = None
    access_token: str | None = None
    viewer: Answer | None = None


class _PhoneBound(Struct):
    """The code is spent where there are a mall and a token."""

    code: str
    answer: Answer | None = None


class _Phone:
    def __init__(self, world: World, mall: Mall | None) -> None:
        self._world = world
        self._mall = mall

    async def mall(self, _: Request) -> Response:
        url = self._mall.url if self._mall else None
        return told({"url": url, "can_pay": self._world.pay is not None})

    async def sign_in(self, request: Request) -> Response:
        """Do what the mini-program does when it opens."""
        wanted = await asked(request, _SignInAsked)
        code = self._world.login_code(somebody(self._world, wanted.person))
        if not self._mall:
            return told(_SignedIn(code))
        language = language_of(request)
        exchange = await self._mall.sign_in(code, language)
        token = exchange.text("access_token")
        viewer = await self._mall.viewer(token, language) if token else None
        return told(_SignedIn(code, exchange, token, viewer))

    async def bind_phone(self, request: Request) -> Response:
        """Do what the button for the phone number does."""
        wanted = await asked(request, _BindPhoneAsked)
        person = somebody(self._world, wanted.person)
        if not person.phone:
            raise refused(f"{person.name} has no phone number")
        code = self._world.phone_code(person)
        if not self._mall or not wanted.access_token:
            return told(_PhoneBound(code))
        answer = await self._mall.bind_phone(
            wanted.access_token,
            code,
            language_of(request),
            request_id=str(new_id(self._world.clock(), self._world.random)),
        )
        return told(_PhoneBound(code, answer))


def _file(path: str, name: str, media_type: str) -> Route:
    content = (_FILES / name).read_bytes()

    async def answer(_: Request) -> Response:
        return Response(content, media_type=media_type, headers=_OWN_FILES_ONLY)

    return Route(path, answer, methods=["GET"])
