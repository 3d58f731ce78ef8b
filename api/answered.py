"""How answers are measured and logged."""

import time
from functools import cache

from domain.kernel.logs import RequestLine
from domain.kernel.metrics import GRAPHQL_ANSWERED


class Answered:
    """Requests for one document that ended in one way: where they are counted and logged."""

    __slots__ = ("_line", "_observe")

    def __init__(self, document: str, outcome: str, status: int) -> None:
        self._observe = GRAPHQL_ANSWERED.labels(document, outcome).observe
        self._line = RequestLine(
            "api.endpoint", "graphql.answered", document=document, outcome=outcome, status=status
        )

    def tell(self, begun: float) -> None:
        """Measure and log one that began then (`time.perf_counter`) and is answered now."""
        seconds = time.perf_counter() - begun
        self._observe(seconds)
        self._line.log(seconds)


@cache
def answered(document: str, outcome: str, status: int) -> Answered:
    """Where such answers are told; there are as many as are shown."""
    return Answered(document, outcome, status)
