"""``/graphql``: GraphQL over HTTP, by POST, and by GET for public trusted documents."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import msgspec
import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api.answered import answered
from api.answering import HttpAnswer, is_worth_packing
from api.arriving import HttpRequest
from api.auth import Authenticator
from api.caching.answers import PublicAnswers
from api.caching.encoded import Encoded, Whole
from api.caching.known import KnownRequests
from api.caching.reads import PublicReads, Wanted
from api.context import Context
from api.deadlines import Deadlines
from api.documents import ADHOC, Document, Documents, InvalidDocument
from api.errors import STATUS_BY_CODE, fault_view, invalid_view
from api.execution import Answer, Executor, request_error
from api.gate import Gate
from api.language import language_of
from api.media_types import GRAPHQL, JSON, response_type
from api.middleware import trace_id
from api.wire import GraphQLRequest, Unreadable, read_get, read_post
from domain.kernel.actors import Actor
from domain.kernel.errors import BadInput, Busy, Fault, FaultCode
from domain.kernel.language import Language, Sentence

REQUEST_SECONDS = 10.0
"""From a request's arrival to its answer, whatever it waits for."""
_CACHE_SECONDS = 1
_UNAUTHORIZED = 401
_VARY = "Accept, Accept-Encoding, Accept-Language, Authorization"
_METHODS = "GET, HEAD, POST"
_WITHOUT_ERRORS = Answer({})
"""Beside a body that has been made already."""

ContextOf = Callable[[Language, Actor | None], Context]
"""Makes the context of a request from its language and whoever sends it."""

_METHOD = Sentence(zh="请用 POST 或 GET。", en="Use POST or GET.")
_ACCEPT = Sentence(
    zh="响应只有 application/graphql-response+json 和 application/json 两种类型。",
    en="Answers are application/graphql-response+json or application/json.",
)
_NOT_BY_GET = Sentence(
    zh="此文档不是公开查询，请用 POST。",
    en="This document is no public query; use POST.",
)
_UNEXPECTED = Sentence(zh="系统出错了，请稍后再试。", en="Unexpected error.")


@dataclass(frozen=True, slots=True)
class Gates:
    """The classes of work: receiving a body, the mall's own documents, and all others.

    What waits for a batch has a class of its own: it holds no connection meanwhile, the more come
    together the better, and while it waits for a lock the others go on. So has what waits for a
    gateway: while that hangs, orders are placed all the same.
    """

    receiving: Gate
    browse: Gate
    adhoc: Gate
    ordering: Gate
    paying: Gate

    def of(self, asked: GraphQLRequest, documents: Documents) -> Gate:
        """The gate of what a request asks for."""
        if documents.is_batched(asked.document_id):
            return self.ordering
        if documents.is_at_gateway(asked.document_id):
            return self.paying
        return self.browse if asked.document_id else self.adhoc


class _Reply(msgspec.Struct, frozen=True):
    """An answer and how it travels; ``encoded`` is its body where that has been made already."""

    answer: Answer
    status: int
    document: str
    outcome: str
    is_cacheable: bool = False
    headers: Mapping[str, str] = {}
    encoded: Encoded | None = None


class GraphQLEndpoint:
    """The ASGI application behind ``/graphql``."""

    def __init__(
        self,
        documents: Documents,
        executor: Executor,
        gates: Gates,
        authenticator: Authenticator,
        context_of: ContextOf,
        public: PublicAnswers | None = None,
    ) -> None:
        """Answer by these; ``public`` is where the answers to public reads are kept, if at all."""
        self._documents = documents
        self._executor = executor
        self._gates = gates
        self._authenticator = authenticator
        self._context_of = context_of
        self._reads = PublicReads(documents)
        self._requests = KnownRequests()
        self._public = public
        self._deadlines = Deadlines(REQUEST_SECONDS)

    def kept(self, scope: Scope, receive: Receive) -> Whole | None:
        """The answer to an HTTP request that came before, where that is kept; then it is told."""
        if self._public is None or scope["method"] == "POST":
            return None
        begun = time.perf_counter()
        request = HttpRequest(scope, receive)
        known = self._requests.find(request)
        encoded = known and self._public.find(known.wanted)
        if known is None or encoded is None:
            return None
        known.answered.tell(begun)
        return _whole(request, encoded, known.wanted.language, known.media_type, may_be_kept=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever it is."""
        begun = time.perf_counter()
        request = HttpRequest(scope, receive)
        language = language_of(request.header(b"accept-language"))
        try:
            answer = await self._respond(request, language, begun)
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def _respond(
        self, request: HttpRequest, language: Language, begun: float
    ) -> HttpAnswer | Whole:
        media_type = response_type(request.header(b"accept"))
        if media_type is None:
            return plain_refusal(406, BadInput(_ACCEPT), language)
        if request.method not in {"GET", "HEAD", "POST"}:
            return plain_refusal(405, BadInput(_METHOD), language, {"allow": _METHODS})
        reply = await self._reply(request, language, media_type)
        return _told(request, reply, language, media_type, begun)

    async def _reply(self, request: HttpRequest, language: Language, media_type: str) -> _Reply:
        """Carry the request out; every failure becomes an answer with a code."""
        name = "none"
        number = trace_id()
        try:
            with self._deadlines.block():
                actor = self._authenticator.actor(request.all_of(b"authorization"))
                # What somebody is told who is signed in is nobody else's.
                may_be_kept = request.method != "POST" and actor is None
                asked = await self._receive(request)
                if wanted := self._wanted(asked, language):
                    name = wanted.read.document.name
                    answer = await self._public_answer(wanted, asked, number)
                    if may_be_kept:
                        self._requests.remember(request, wanted, media_type)
                else:
                    async with self._gates.of(asked, self._documents).turn():
                        document = self._documents.asked_for(asked, actor)
                        name = document.name
                        self._check_method(request, document)
                        answer = await self._run(document, asked, language, actor, number)
        except TimeoutError:
            busy = Busy()
            return _Reply(
                Answer({"errors": [fault_view(busy, language)]}, busy), 503, name, busy.code
            )
        except Unreadable as unreadable:
            answer = request_error([fault_view(unreadable.fault, language)])
            status, code = unreadable.status, unreadable.fault.code
            return _Reply(answer, status, name, code, headers=unreadable.headers)
        except InvalidDocument as invalid:
            errors = [invalid_view(each, language) for each in invalid.errors]
            return _invalid(request_error(errors), ADHOC, FaultCode.BAD_INPUT, media_type)
        except Fault as fault:
            answer = request_error([fault_view(fault, language)])
            if fault.code in STATUS_BY_CODE or fault.code is FaultCode.NOT_TRUSTED:
                status = STATUS_BY_CODE.get(fault.code, 400)
                return _Reply(Answer(answer.body, fault), status, name, fault.code)
            return _invalid(answer, name, fault.code, media_type)
        return _ran(answer, name, media_type, may_be_kept=may_be_kept)

    async def _receive(self, request: HttpRequest) -> GraphQLRequest:
        if request.method != "POST":
            return read_get(request)
        async with self._gates.receiving.turn():
            return await read_post(request)

    def _wanted(self, asked: GraphQLRequest, language: Language) -> Wanted | None:
        return self._reads.wanted(asked, language) if self._public else None

    async def _public_answer(
        self, wanted: Wanted, asked: GraphQLRequest, trace_id: str
    ) -> Encoded | Answer:
        """The answer to whoever asks for what anybody is answered alike: it is made as for nobody.

        What is kept takes no turn, and what is made takes its own time: others wait for it too.
        """
        assert self._public

        async def run() -> Answer:
            with self._deadlines.block():
                async with self._gates.browse.turn():
                    document = wanted.read.document
                    return await self._run(document, asked, wanted.language, None, trace_id)

        return await self._public.answer(wanted, run)

    async def _run(
        self,
        document: Document,
        asked: GraphQLRequest,
        language: Language,
        actor: Actor | None,
        trace_id: str,
    ) -> Answer:
        context = self._context_of(language, actor)
        return await self._executor.run(
            document, asked.operation_name, asked.variables, context, trace_id=trace_id
        )

    def _check_method(self, request: HttpRequest, document: Document) -> None:
        if request.method != "POST" and not self._documents.is_public_read(document):
            raise Unreadable(405, BadInput(_NOT_BY_GET), {"allow": "POST"})


def _told(
    request: HttpRequest, reply: _Reply, language: Language, media_type: str, begun: float
) -> HttpAnswer | Whole:
    """Measure and log an answer, and put it as it travels."""
    answered(reply.document, reply.outcome, reply.status).tell(begun)
    encoded = reply.encoded
    if encoded is None or request.header(b"if-none-match"):
        return _new_answer(request, reply, language, media_type)
    return _whole(request, encoded, language, media_type, may_be_kept=reply.is_cacheable)


def _whole(
    request: HttpRequest,
    encoded: Encoded,
    language: Language,
    media_type: str,
    *,
    may_be_kept: bool,
) -> Whole:
    """An answer whose body has been made already."""
    is_packed = is_worth_packing(encoded.plain, request.header(b"accept-encoding"))
    # All that the headers depend on, besides the body and its language.
    form = media_type, may_be_kept, is_packed
    whole = encoded.whole.get(form)
    if whole is None:
        reply = _ran(encoded, "", media_type, may_be_kept=may_be_kept)
        whole = encoded.whole[form] = Whole(_new_answer(request, reply, language, media_type))
    return whole


def _ran(answer: Answer | Encoded, document: str, media_type: str, *, may_be_kept: bool) -> _Reply:
    if isinstance(answer, Encoded):
        return _Reply(_WITHOUT_ERRORS, 200, document, "ok", may_be_kept, encoded=answer)
    if answer.is_request_error:
        return _invalid(answer, document, FaultCode.BAD_INPUT, media_type)
    if answer.fault:
        status = STATUS_BY_CODE.get(answer.fault.code, 200)
        return _Reply(answer, status, document, answer.fault.code)
    has_errors = "errors" in answer.body
    outcome = "errors" if has_errors else "ok"
    return _Reply(answer, 200, document, outcome, is_cacheable=may_be_kept and not has_errors)


def _invalid(answer: Answer, document: str, code: FaultCode, media_type: str) -> _Reply:
    """A request of which nothing ran: only the newer media type lets the status say so."""
    return _Reply(answer, 400 if media_type == GRAPHQL else 200, document, code)


def _new_answer(
    request: HttpRequest, reply: _Reply, language: Language, media_type: str
) -> HttpAnswer:
    encoded = reply.encoded or Encoded(orjson.dumps(reply.answer.body), language)
    headers = {**_headers(language, media_type), **reply.headers}
    if reply.answer.fault and reply.answer.fault.retry_after_seconds is not None:
        headers["retry-after"] = str(reply.answer.fault.retry_after_seconds)
    if reply.status == _UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    is_packed = is_worth_packing(encoded.plain, request.header(b"accept-encoding"))
    if reply.is_cacheable:
        headers["etag"] = encoded.tag(is_packed=is_packed)
        headers["cache-control"] = f"public, max-age={_CACHE_SECONDS}"
        if headers["etag"] in (request.header(b"if-none-match") or ""):
            del headers["content-type"]
            return HttpAnswer(304, headers)
    if is_packed:
        return HttpAnswer(reply.status, {**headers, "content-encoding": "gzip"}, encoded.packed)
    return HttpAnswer(reply.status, headers, encoded.plain)


@cache
def _headers(language: Language, media_type: str) -> Mapping[str, str]:
    return {
        "content-type": f"{media_type}; charset=utf-8",
        "content-language": language,
        "vary": _VARY,
        "cache-control": "no-store",
    }


def plain_refusal(
    status: int, fault: Fault, language: Language, more: Mapping[str, str] | None = None
) -> HttpAnswer:
    """The answer to a request that could not even be read as one of GraphQL."""
    headers = {**_headers(language, JSON), **(more or {})}
    if fault.retry_after_seconds is not None:
        headers["retry-after"] = str(fault.retry_after_seconds)
    return HttpAnswer(status, headers, orjson.dumps({"errors": [fault_view(fault, language)]}))
