"""What the page of the phone asks for about messages: at WeChat, and at the mall."""

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.kernel.ids import new_id
from sandbox.wechat import mall_messages
from sandbox.wechat.asked import AccessToken, MemberAsked, Name, asked, language_of, somebody, told
from sandbox.wechat.mall import Mall
from sandbox.wechat.mall_messages import PermitAnswer
from sandbox.wechat.subscribing import SubscribeRefused, answer_templates
from sandbox.wechat.world import World


def message_phone_routes(world: World, mall: Mall | None) -> list[Route]:
    """Return what the sheet of permits asks for, and what the mini-program then does."""
    routes = [Route("/phone/messages/answer", _Sheet(world).answer, methods=["POST"])]
    if mall:
        program = _MiniProgram(world, mall)
        routes += [
            Route("/phone/messages/templates", program.templates, methods=["POST"]),
            Route("/phone/messages/record", program.record, methods=["POST"]),
            Route("/phone/messages/inbox", program.inbox, methods=["POST"]),
        ]
    return routes


class _AnswersAsked(Struct, forbid_unknown_fields=True):
    person: Name
    answers: dict[str, bool]


class _RecordAsked(Struct, forbid_unknown_fields=True):
    access_token: AccessToken
    answers: list[PermitAnswer]


class _Sheet:
    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, request: Request) -> Response:
        """Answer as ``wx.requestSubscribeMessage`` does, also where it fails."""
        wanted = await asked(request, _AnswersAsked)
        person = somebody(self._world, wanted.person)
        try:
            return told(answer_templates(self._world.permits, person, wanted.answers))
        except SubscribeRefused as error:
            return told({"errMsg": error.message, "errCode": error.errcode})


class _MiniProgram:
    """The mini-program of whoever is signed in at the mall."""

    def __init__(self, world: World, mall: Mall) -> None:
        self._world = world
        self._mall = mall

    async def templates(self, request: Request) -> Response:
        """Tell what the member can be asked for."""
        token = (await asked(request, MemberAsked)).access_token
        return told(await mall_messages.templates(self._mall, token, language_of(request)))

    async def record(self, request: Request) -> Response:
        """Report to the mall what the member said."""
        wanted = await asked(request, _RecordAsked)
        answer = await mall_messages.record(
            self._mall,
            wanted.access_token,
            language_of(request),
            wanted.answers,
            request_id=str(new_id(self._world.clock(), self._world.random)),
        )
        return told(answer)

    async def inbox(self, request: Request) -> Response:
        """Tell what the member was told in the mall itself."""
        token = (await asked(request, MemberAsked)).access_token
        return told(await mall_messages.inbox(self._mall, token, language_of(request)))
