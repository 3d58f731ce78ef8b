"""Why WeChat does not send a subscribe message; the same message gets the same answer."""

from domain.kernel.outside import OutsideRejected


class NoPermit(OutsideRejected):
    """The member has accepted no more messages of this template: all their permits are spent."""


class UnknownTemplate(OutsideRejected):
    """The mini-program has no such template, or it is of a kind that needs no permits."""


class UnknownOpenid(OutsideRejected):
    """Nobody has this openid in the mini-program."""


class PageNotReleased(OutsideRejected):
    """The released version of the mini-program has no such page."""


class BadValue(OutsideRejected):
    """A value breaks the rule of its field, found by us or by WeChat; None: not told which."""

    def __init__(
        self, field: str | None, code: str = "47003", *, reference: str | None = None
    ) -> None:
        super().__init__(code, reference=reference)
        self.field = field
