"""The address that the API takes: free before it starts, answering after."""

import errno
import http.client
import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from sandbox.engines.child import Child, Patience
from sandbox.engines.problem import EngineProblem

ANSWER_SECONDS = 60
WORKER_SECONDS = 30
LAST_ROOT_PORT = 1023
LAST_PORT = 65535
QUERY = "{ products(first: 1) { edges { node { title } } } }"
_HEARD = "ok"
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - told apart, not bound


@dataclass(frozen=True, slots=True)
class Door:
    """A host and a port."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """Where this machine reaches the API, without a path."""
        host = self._near_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def url(self) -> str:
        """Where this machine reaches the GraphQL endpoint."""
        return f"{self.address}/graphql"

    def check_free(self) -> None:
        """Raise `EngineProblem` when the API could not listen here."""
        try:
            self._bind()
        except socket.gaierror:
            raise EngineProblem(f"MALL_HOST: {self.host} is no address.") from None
        except OSError as error:
            raise self._problem(error) from None

    def await_answer(self, api: Child, patience: Patience) -> bool:
        """Wait until the API has answered a real query; say whether the mall sells something."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while (answer := self._answer()) is None:
            if api.exit_status is not None:
                raise _silent(api, f"The API ended at its start with status {api.exit_status}")
            if time.monotonic() > deadline:
                raise _silent(api, f"The API does not answer at {self.url}")
            patience.pause(0.05)
        return _has_product(answer)

    def await_worker(self, worker: Child, patience: Patience) -> bool:
        """Wait until the API has heard of the worker; say whether it has, in a while."""
        deadline = time.monotonic() + WORKER_SECONDS
        while self._lacks_worker():
            if worker.exit_status is not None or time.monotonic() > deadline:
                return False
            patience.pause(0.1)
        return True

    @property
    def _near_host(self) -> str:
        return WILDCARDS.get(self.host, self.host)

    def _bind(self) -> None:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)

    def _problem(self, error: OSError) -> EngineProblem:
        another = self.port + 1 if LAST_ROOT_PORT < self.port < LAST_PORT else 8000
        hint = f"Choose another one: MALL_PORT={another} make run"
        match error.errno:
            case errno.EADDRINUSE:
                return EngineProblem(f"Port {self.port} is taken by another program.", hint)
            case errno.EACCES:
                return EngineProblem(f"Port {self.port} is for root only.", hint)
            case _:
                return EngineProblem(f"MALL_HOST: cannot listen on {self.host}: {error.strerror}.")

    def _lacks_worker(self) -> bool:
        connection = http.client.HTTPConnection(self._near_host, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            _, answer = _response(connection)
            return msgspec.json.decode(answer, type=_Health).worker != _HEARD
        except (OSError, http.client.HTTPException, msgspec.DecodeError):
            return True
        finally:
            connection.close()

    def _answer(self) -> bytes | None:
        # No urllib: it would ask a proxy that the environment names.
        connection = http.client.HTTPConnection(self._near_host, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            status, _ = _response(connection)
            if status != http.HTTPStatus.OK:
                return None
            question = json.dumps({"query": QUERY})
            connection.request("POST", "/graphql", question, {"Content-Type": "application/json"})
            status, answer = _response(connection)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        # The production profile answers too, by refusing a query that it does not know.
        return answer if status < http.HTTPStatus.INTERNAL_SERVER_ERROR else None


class _Health(msgspec.Struct):
    worker: str = _HEARD


class _Products(msgspec.Struct):
    edges: list[object] = []


class _Data(msgspec.Struct):
    products: _Products | None = None


class _Answer(msgspec.Struct):
    data: _Data | None = None


def _has_product(answer: bytes) -> bool:
    with suppress(msgspec.DecodeError):
        data = msgspec.json.decode(answer, type=_Answer).data
        return bool(data and data.products and data.products.edges)
    return False


def _response(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
    response = connection.getresponse()
    return response.status, response.read()


def _silent(api: Child, what: str) -> EngineProblem:
    last = "\n".join(f"  {line}" for line in api.said().splitlines()[-8:])
    return EngineProblem(f"{what}; its log {api.program.log} ends with:\n{last or '  (nothing)'}")
