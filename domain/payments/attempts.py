"""Attempts as their gateway is spoken to about them, and those that were begun just now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.payments.rules import ON_ITS_WAY, PREPAID_FOR
from domain.payments.words import AttemptStatus, PaymentProvider

OPEN = (AttemptStatus.CREATED, AttemptStatus.PREPAID)
"""What an attempt is that may still be paid."""
_MOST_FRESH = 256
"""Two batches; each of them may hold some kilobytes."""
_FRESH_FOR = timedelta(seconds=30)
"""Who gives up leaves one behind, with who was to pay: it is not to outlive what is erased."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as its gateway is spoken to about it."""

    id: UUID
    order_id: UUID
    number: str
    provider: PaymentProvider
    merchant_id: str
    amount_fen: int
    request: bytes | None
    status: AttemptStatus
    created_at: datetime
    expires_at: datetime
    prepay_id: str | None
    prepaid_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it may still be paid, as far as is known here."""
        return self.status in OPEN

    def may_be_unknown(self, at: datetime) -> bool:
        """Whether it can be over at a gateway that knows nothing of it.

        What was never known may still be on its way; what was known is over with its time.
        """
        since = self.created_at if self.prepay_id is None else self.expires_at
        return at >= since + ON_ITS_WAY

    def is_prepaid(self, at: datetime) -> bool:
        """Whether its prepay id can be handed out at this moment."""
        return self.prepaid_at is not None and at < self.prepaid_at + PREPAID_FOR


class FreshAttempts:
    """Attempts that this process has begun and not yet spoken of, so that nobody reads them.

    Each is handed out once. What has become of it since, the gateway and the rows say: it is sent
    as it was written, which makes nothing happen twice, and is noted only while it is open. An
    attempt whose transaction was undone is here too; nobody has heard of its id.
    """

    def __init__(self) -> None:
        self._attempts: dict[UUID, Attempt] = {}

    def keep(self, attempt: Attempt) -> None:
        """Keep it for whoever asked for it; old ones give way, and where there are too many."""
        while self._attempts:
            oldest = next(iter(self._attempts.values()))
            is_old = oldest.created_at < attempt.created_at - _FRESH_FOR
            if not is_old and len(self._attempts) < _MOST_FRESH:
                break
            del self._attempts[oldest.id]
        self._attempts[attempt.id] = attempt

    def take(self, attempt_id: UUID, at: datetime) -> Attempt | None:
        """Hand it out; None for one that somebody has, that was begun elsewhere, or that is old."""
        attempt = self._attempts.pop(attempt_id, None)
        return None if attempt is None or attempt.created_at < at - _FRESH_FOR else attempt
