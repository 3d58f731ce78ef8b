"""GraphQL over HTTP, content negotiation: which of the two response types a client reads."""

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"

_BY_RANGE = {GRAPHQL: GRAPHQL, JSON: JSON, "application/*": JSON, "*/*": JSON}


def response_type(accept: str | None) -> str | None:
    """Choose from an ``Accept`` header (RFC 9110 12.5.1); None where the client reads neither.

    A client that says nothing, or "anything", gets plain JSON, which every client can read; one
    that names both equally gets the newer type, whose status codes say more.
    """
    if not accept:
        return JSON
    qualities: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        offered = _BY_RANGE.get(media_range)
        if offered:
            qualities[offered] = max(qualities.get(offered, 0.0), _quality(parameters))
    wished = {offered: quality for offered, quality in qualities.items() if quality > 0}
    return max(wished, key=lambda offered: (wished[offered], offered == GRAPHQL), default=None)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter.removeprefix("q="))
            except ValueError:
                return 0.0
    return 1.0
