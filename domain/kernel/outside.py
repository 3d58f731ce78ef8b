"""How a call to a service outside can fail, whichever service it is and however it is reached.

Nothing in these errors names a person or opens a door: they may be logged as they are.
"""

from typing import ClassVar


class OutsideError(Exception):
    """A call to a service outside that did not succeed.

    ``code`` says why: the service's own code, or a word where it had none. ``reference`` is the
    service's number of the call, which its support asks for.
    """

    outcome: ClassVar[str] = "failed"

    def __init__(self, code: str, *, reference: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.reference = reference


class OutsideUnavailable(OutsideError):
    """The service is away, too slow, busy or not making sense; later it may be well again.

    With ``may_have_happened`` it may have done what was asked and the answer was lost: whatever
    it does only once must not simply be asked again.
    """

    outcome = "unavailable"

    def __init__(self, code: str, *, may_have_happened: bool, reference: str | None = None) -> None:
        super().__init__(code, reference=reference)
        self.may_have_happened = may_have_happened


class OutsideLimited(OutsideError):
    """The service was asked too often and did nothing; it may be asked again after a pause."""

    outcome = "limited"

    def __init__(
        self, code: str, *, retry_after_seconds: int, reference: str | None = None
    ) -> None:
        super().__init__(code, reference=reference)
        self.retry_after_seconds = retry_after_seconds


class OutsideRejected(OutsideError):
    """The service understood and says no; the same call gets the same answer."""

    outcome = "rejected"


class OutsideMisconfigured(OutsideError):
    """The service does not accept the mall itself: an address, an id or a secret is wrong.

    Nothing that a member does mends it; somebody has to be woken.
    """

    outcome = "misconfigured"
