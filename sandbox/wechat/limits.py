"""Limits of the platform on how often something may be called."""

from collections import defaultdict, deque
from datetime import datetime, timedelta

from sandbox.wechat.refusals import too_fast

_MINUTE = timedelta(minutes=1)


class PerMinute:
    """Counts calls of each user in the last sixty seconds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def count(self, user: str, now: datetime) -> None:
        """Count a call; `Refusal` 45011, and no call, when there were too many."""
        calls = self._calls[user]
        while calls and now - calls[0] >= _MINUTE:
            calls.popleft()
        if len(calls) >= self._most:
            raise too_fast()
        calls.append(now)
