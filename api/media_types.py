"""Content negotiation: which of the two response types of GraphQL a client reads, or events."""

from collections.abc import Mapping
from functools import lru_cache

_LONGEST_KEPT = 200
"""What browsers and mini programs send is shorter, and of a few kinds."""

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"


def response_type(accept: str | None) -> str | None:
    """Choose from an ``Accept`` header (RFC 9110 12.5.1); None where the client reads neither.

    A client that says nothing, or "anything", gets plain JSON, which every client can read; one
    that names both equally gets the newer type, whose status codes say more.
    """
    if not accept:
        return JSON
    return (_kept_type if len(accept) <= _LONGEST_KEPT else _chosen_type)(accept)


def _chosen_type(accept: str) -> str | None:
    wished = _wished(accept)
    plain = next((wished[each] for each in (JSON, "application/*", "*/*") if each in wished), 0.0)
    newer = wished.get(GRAPHQL, 0.0)
    if max(plain, newer) <= 0:
        return None
    return GRAPHQL if newer >= plain else JSON


@lru_cache(maxsize=256)
def _kept_type(accept: str) -> str | None:
    return _chosen_type(accept)


def wants_events(accept: str | None) -> bool:
    """Whether a client reads server-sent events and none of the types of a single answer."""
    if not accept or response_type(accept) is not None:
        return False
    return _wished(accept).get(EVENTS, 0.0) > 0


def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether a client reads gzip (RFC 9110 12.5.3); one that says nothing may not."""
    wished = _wished(accept_encoding or "")
    return wished.get("gzip", wished.get("*", 0.0)) > 0


def _wished(accept: str) -> Mapping[str, float]:
    """How much a client wishes each media range, from 0 to 1."""
    return _kept(accept) if len(accept) <= _LONGEST_KEPT else _read(accept)


@lru_cache(maxsize=256)
def _kept(accept: str) -> Mapping[str, float]:
    return _read(accept)


def _read(accept: str) -> Mapping[str, float]:
    wished: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        wished[media_range] = _quality(parameters)
    return wished


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                quality = float(parameter.removeprefix("q="))
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0
