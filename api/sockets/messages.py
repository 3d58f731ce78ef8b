"""What a client says over graphql-transport-ws, and nothing else."""

from typing import Annotated, Any

import msgspec
import orjson

from api.sockets.endings import Closing, invalid_message

_LONGEST_ID = 128


class ConnectionInit(msgspec.Struct, tag="connection_init", tag_field="type"):
    """The first message: who it is, and in which language they read."""

    payload: dict[str, Any] | None = None

    def text(self, name: str) -> str | None:
        """A text in the payload, None where there is none; raises `Closing` for anything else."""
        value: object = (self.payload or {}).get(name)
        if value is None or isinstance(value, str):
            return value
        raise Closing(invalid_message(f"payload.{name} is no text"))


class Ping(msgspec.Struct, tag="ping", tag_field="type"):
    """Is anybody there?"""

    payload: dict[str, Any] | None = None


class Pong(msgspec.Struct, tag="pong", tag_field="type"):
    """Somebody is."""

    payload: dict[str, Any] | None = None


class Subscribe(msgspec.Struct, tag="subscribe", tag_field="type"):
    """Run this under that id."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_ID)]
    payload: dict[str, Any]

    @property
    def parameters(self) -> dict[str, Any]:
        """What is asked for, as a request's body would say it.

        The protocol wants a ``query`` at any rate, so clients send an empty one with a documentId.
        """
        if self.payload.get("query") == "" and "documentId" in self.payload:
            return {name: value for name, value in self.payload.items() if name != "query"}
        return self.payload


class Complete(msgspec.Struct, tag="complete", tag_field="type"):
    """Nobody listens to that id any more."""

    id: str


Message = ConnectionInit | Ping | Pong | Subscribe | Complete


def message_in(frame: str) -> Message:
    """Read a message; raises `Closing` for anything that is none.

    Read as the body of a request is, so that the same values are taken.
    """
    try:
        return msgspec.convert(orjson.loads(frame), Message)
    except (orjson.JSONDecodeError, msgspec.ValidationError) as error:
        raise Closing(invalid_message(str(error))) from error
