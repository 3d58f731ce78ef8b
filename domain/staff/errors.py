"""What the mall refuses about its staff, besides `InvalidInput`."""

from dataclasses import dataclass

from domain.kernel.errors import Refused


@dataclass(eq=False)
class StaffUnavailable(Refused):
    """There is no such member of the staff."""


@dataclass(eq=False)
class StaffChanged(Refused):
    """Somebody changed the account in the meantime; ``revision`` is the one that it has now."""

    revision: int


@dataclass(eq=False)
class OwnAccount(Refused):
    """Nobody does this to themselves: another owner does."""


@dataclass(eq=False)
class LastOwner(Refused):
    """Nobody would be left who can sign in as an owner."""


@dataclass(eq=False)
class PasswordWrong(Refused):
    """The current password is another one."""


@dataclass(eq=False)
class PasswordLocked(Refused):
    """Too many wrong passwords were given; another one may be in so many seconds."""

    retry_after_seconds: int


@dataclass(eq=False)
class AuthenticatorOn(Refused):
    """There is an authenticator already; it is turned off first."""


@dataclass(eq=False)
class AuthenticatorMissing(Refused):
    """There is no authenticator: it was not set up, or not confirmed."""


@dataclass(eq=False)
class AuthenticatorCodeWrong(Refused):
    """The authenticator shows another code now."""
