"""The nonces that a merchant has signed with: each is good once."""

from collections import deque
from datetime import datetime, timedelta

_KEPT = timedelta(minutes=10)


class Nonces:
    """Those of the last minutes: an older one comes with a timestamp that is refused anyhow."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._order: deque[tuple[datetime, str]] = deque()

    def use(self, nonce: str, now: datetime) -> bool:
        """Use a nonce; False where it was used before."""
        while self._order and now - self._order[0][0] > _KEPT:
            self._used.discard(self._order.popleft()[1])
        if nonce in self._used:
            return False
        self._used.add(nonce)
        self._order.append((now, nonce))
        return True
