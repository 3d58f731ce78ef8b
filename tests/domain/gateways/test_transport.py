"""The way to a provider: bounded in time, size and connections, counted, and silent."""

import gzip
import traceback

import pytest
from prometheus_client import REGISTRY
from structlog.typing import EventDict

from domain.gateways.statuses import require_success
from domain.gateways.transport import Question
from domain.kernel.outside import (
    OutsideError,
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)
from tests.domain.gateways.calls import ask, content, failure, opened
from tests.domain.gateways.wires import Away, Reply, Wire

CODE = "opens-a-door"


@pytest.mark.parametrize("size", [100, 101])
async def test_an_answer_is_read_up_to_its_bound_and_not_beyond(size: int):
    wire = Wire([Reply(200, b"x" * size)])
    question = Question("GET", "/thing", most_bytes=100)
    if size == 100:
        assert await ask(wire, question) == b"x" * 100
    else:
        assert (await failure(wire, question)).code == "too_large"


async def test_a_packed_answer_is_not_unpacked():
    packed = gzip.compress(bytes(10_000_000))
    wire = Wire([Reply(200, packed, {"content-encoding": "gzip"})])
    assert len(packed) < 64 * 1024
    assert (await failure(wire)).code == "packed"
    assert wire.requests[0].headers["accept-encoding"] == "identity"


async def test_no_redirect_is_followed():
    elsewhere = Wire([Reply(200)])
    async with elsewhere.served() as url:
        wire = Wire([Reply(302, headers={"location": f"{url}/"})])
        await ask(wire)
    assert len(wire.requests) == 1
    assert elsewhere.requests == []


async def test_cookies_of_one_call_do_not_travel_with_the_next():
    wire = Wire([Reply(200, headers={"set-cookie": "member=1"})])
    # A name: no client keeps cookies of a number.
    async with (
        wire.served() as url,
        opened(url.replace("127.0.0.1", "localhost")) as transport,
    ):
        for _ in range(2):
            await transport.ask(Question("GET", "/thing"), content)
    assert "cookie" not in wire.requests[1].headers


async def test_a_body_is_sent_as_json_under_the_address_of_the_provider():
    wire = Wire([Reply(200)])
    question = Question("POST", "/thing", query={"a": "é&"}, body=b"{}", headers={"x-own": "1"})
    async with wire.served() as url:
        await ask(url, question)
    (request,) = wire.requests
    assert request.url == f"{url}/thing?a=%C3%A9%26"
    assert (request.method, request.content) == ("POST", b"{}")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == "2"
    assert request.headers["x-own"] == "1"


@pytest.mark.parametrize(("method", "length"), [("GET", {}), ("POST", {"content-length": "0"})])
async def test_nothing_is_said_that_nobody_has_asked_for(method: str, length: dict[str, str]):
    wire = Wire([Reply(200)])
    await ask(wire, Question(method, "/thing"))
    (request,) = wire.requests
    assert dict(request.headers) == {
        "host": request.headers["host"],
        "user-agent": "shoal",
        "accept": "*/*",
        "accept-encoding": "identity",
        **length,
    }


@pytest.mark.parametrize(
    "target", ["/v3/a-b_c%7Cd%2AE%2f..%e4/close", "/a/../b//c;d='(e)'", "/a?b=c+d%20e&f=%7c|&g=%2B"]
)
async def test_a_target_arrives_byte_for_byte(target: str):
    wire = Wire([Reply(200)])
    await ask(wire, Question("GET", "/thing", target=target))
    assert [request.target for request in wire.requests] == [target]


async def test_the_path_of_an_address_may_be_written_as_people_write_it():
    wire = Wire([Reply(200)])
    async with wire.served() as url:
        await ask(f"{url}/发送", Question("GET", "/thing"))
    assert wire.requests[0].target == "/%E5%8F%91%E9%80%81/thing"


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "ftp://127.0.0.1", "http://", "secret"])
async def test_an_address_that_is_none_is_the_malls_own_fault_and_is_not_said(url: str):
    with pytest.raises(OutsideMisconfigured, match="address") as caught:
        await ask(url, Question("GET", "/thing", query={"code": CODE}))
    assert CODE not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, OutsideMisconfigured),
        (400, OutsideRejected),
        (401, OutsideMisconfigured),
        (403, OutsideMisconfigured),
        (404, OutsideMisconfigured),
        (408, OutsideUnavailable),
        (422, OutsideRejected),
        (429, OutsideLimited),
        (500, OutsideUnavailable),
        (503, OutsideUnavailable),
    ],
)
async def test_a_status_says_what_kind_of_failure_it_is(status: int, expected: type[OutsideError]):
    wire = Wire([Reply(status)])
    async with opened(wire) as transport:
        with pytest.raises(OutsideError) as caught:
            await transport.ask(Question("GET", "/thing"), require_success)
    assert type(caught.value) is expected
    assert caught.value.code == f"http_{status}"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("99999999999999", 3600),
        ("Wed, 11 Nov 2026 04:00:00 GMT", 60),
        (None, 60),
    ],
)
async def test_a_limit_says_when_to_come_again(told: str | None, seconds: int):
    wire = Wire([Reply(429, headers={"retry-after": told} if told else {})])
    async with opened(wire) as transport:
        with pytest.raises(OutsideLimited) as caught:
            await transport.ask(Question("GET", "/thing"), require_success)
    assert caught.value.retry_after_seconds == seconds


async def test_every_call_is_counted_by_its_endpoint_and_its_outcome():
    def count(outcome: str) -> float:
        labels = {"service": "counted", "endpoint": "/thing", "outcome": outcome}
        return REGISTRY.get_sample_value("mall_outside_answered_seconds_count", labels) or 0

    wire = Wire([Reply(200), Reply(500), Reply(429)])
    async with opened(wire, service="counted") as transport:
        await transport.ask(Question("GET", "/thing"), require_success)
        for _ in range(3):
            with pytest.raises(OutsideError):
                await transport.ask(Question("GET", "/thing"), require_success)
    assert (count("ok"), count("unavailable"), count("limited")) == (1, 1, 2)


@pytest.mark.parametrize(
    ("status", "level"), [(401, "error"), (400, "info"), (429, "warning"), (502, "warning")]
)
async def test_a_failure_is_said_as_loudly_as_somebody_is_needed(
    status: int, level: str, logged: list[EventDict]
):
    wire = Wire([Reply(status)])
    async with opened(wire) as transport:
        with pytest.raises(OutsideError):
            await transport.ask(Question("GET", "/thing"), require_success)
    (line,) = logged
    assert line["log_level"] == level
    assert (line["service"], line["endpoint"]) == ("test", "/thing")
    assert line["reason"] == f"http_{status}"


async def test_what_the_library_says_of_a_failure_stays_with_it():
    with pytest.raises(OutsideUnavailable) as caught:
        await ask(Away(silent=True), Question("GET", "/thing", query={"code": CODE}))
    assert CODE in str(caught.value.__context__)
    assert CODE not in "".join(traceback.format_exception(caught.value))
