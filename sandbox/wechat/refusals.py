"""How the fake platform says no."""

from http import HTTPStatus


class Refusal(Exception):
    """The platform says no.

    WeChat does so with HTTP 200, an ``errcode`` and a message that a request id is added to; the
    SMS gateway with another status and no ``errcode`` (0 here).
    """

    def __init__(self, errcode: int, message: str, *, status: int = HTTPStatus.OK) -> None:
        super().__init__(f"{status} {errcode} {message}")
        self.errcode = errcode
        self.message = message
        self.status = status


def busy() -> Refusal:
    """Return how WeChat says that it is busy and nothing has happened."""
    return Refusal(-1, "system error")


def limited() -> Refusal:
    """Return how WeChat says that its limit for one day is reached."""
    return Refusal(45009, "reach max api daily quota limit")


def too_fast() -> Refusal:
    """Return how WeChat says that its limit for one minute is reached."""
    return Refusal(45011, "api minute-quota reach limit, must slower, retry next minute")


def gateway_refusal(status: HTTPStatus, message: str) -> Refusal:
    """Return how the SMS gateway says no."""
    return Refusal(0, message, status=status)
