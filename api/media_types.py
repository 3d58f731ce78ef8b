"""GraphQL over HTTP, content negotiation: which of the two response types a client reads."""

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


def response_type(accept: str | None) -> str | None:
    """Choose from an ``Accept`` header (RFC 9110 12.5.1); None where the client reads neither.

    A client that says nothing, or "anything", gets plain JSON, which every client can read; one
    that names both equally gets the newer type, whose status codes say more.
    """
    if not accept:
        return JSON
    wished: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        wished[media_range] = _quality(parameters)
    plain = next((wished[each] for each in (JSON, "application/*", "*/*") if each in wished), 0.0)
    newer = wished.get(GRAPHQL, 0.0)
    if max(plain, newer) <= 0:
        return None
    return GRAPHQL if newer >= plain else JSON


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                quality = float(parameter.removeprefix("q="))
            except ValueError:
                return 0.0
            return quality if 0 <= quality <= 1 else 0.0
    return 1.0
