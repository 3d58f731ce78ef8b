"""The address that the API takes: free before it starts, answering after."""

import errno
import http.client
import json
import socket
import time
from dataclasses import dataclass

from sandbox.engines.child import Child, Patience
from sandbox.engines.problem import EngineProblem

ANSWER_SECONDS = 60
QUERY = "{ products(first: 1) { edges { node { title } } } }"
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


@dataclass(frozen=True, slots=True)
class Door:
    """A host and a port."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Where this machine reaches the GraphQL endpoint."""
        host = self._near_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/graphql"

    def check_free(self) -> None:
        """Raise `EngineProblem` when the API could not listen here."""
        try:
            self._bind()
        except socket.gaierror:
            raise EngineProblem(f"MALL_HOST: {self.host} is no address.") from None
        except OSError as error:
            raise self._problem(error) from None

    def await_answer(self, api: Child, patience: Patience) -> None:
        """Wait until the API is ready and has answered a real query."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self._answers():
            if api.exit_status is not None:
                raise _silent(api, f"The API ended at its start with status {api.exit_status}")
            if time.monotonic() > deadline:
                raise _silent(api, f"The API does not answer at {self.url}")
            patience.pause(0.05)

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
        another = self.port + 1 if self.port < 65535 else 8000  # noqa: PLR2004
        hint = f"Choose another one: MALL_PORT={another} make run"
        match error.errno:
            case errno.EADDRINUSE:
                return EngineProblem(f"Port {self.port} is taken by another program.", hint)
            case errno.EACCES:
                return EngineProblem(f"Port {self.port} is for root only.", hint)
            case _:
                return EngineProblem(f"MALL_HOST: cannot listen on {self.host}: {error.strerror}.")

    def _answers(self) -> bool:
        # No urllib: it would ask a proxy that the environment names.
        connection = http.client.HTTPConnection(self._near_host, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if _status(connection) != http.HTTPStatus.OK:
                return False
            question = json.dumps({"query": QUERY})
            connection.request("POST", "/graphql", question, {"Content-Type": "application/json"})
            # The production profile answers too, by refusing a query that it does not know.
            return _status(connection) < http.HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _status(connection: http.client.HTTPConnection) -> int:
    response = connection.getresponse()
    response.read()
    return response.status


def _silent(api: Child, what: str) -> EngineProblem:
    last = "\n".join(f"  {line}" for line in api.said().splitlines()[-8:])
    return EngineProblem(f"{what}; its log {api.program.log} ends with:\n{last or '  (nothing)'}")
