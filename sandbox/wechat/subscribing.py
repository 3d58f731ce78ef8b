"""What ``wx.requestSubscribeMessage`` does: a person is asked for templates, and answers."""

from collections.abc import Mapping

from sandbox.wechat.people import Person
from sandbox.wechat.permits import Permits

MOST_TEMPLATES = 3
_CALL = "requestSubscribeMessage"


class SubscribeRefused(Exception):
    """Nobody is asked; with the vendor's ``errCode`` and ``errMsg``."""

    def __init__(self, errcode: int, reason: str) -> None:
        super().__init__(f"{errcode} {reason}")
        self.errcode = errcode
        self.message = f"{_CALL}:fail {reason}"


def answer_templates(
    permits: Permits, person: Person, answers: Mapping[str, bool]
) -> dict[str, str]:
    """Take a person's answer to each template, and return what the mini-program is told.

    Each yes buys one message. A no buys none; what was accepted before stays accepted, and to
    respect the no is up to the mall. `SubscribeRefused` where the templates cannot be asked for.
    """
    if not answers:
        raise SubscribeRefused(10001, "tmplIds is empty")
    if len(answers) > MOST_TEMPLATES:
        raise SubscribeRefused(20003, "templates count out of max bounds")
    if not all(permits.has_template(each) for each in answers):
        raise SubscribeRefused(20001, "No template data return, verify the template id exist")
    for template_id, is_accepted in answers.items():
        if is_accepted:
            permits.accept(person.openid, template_id)
    words = {each: "accept" if yes else "reject" for each, yes in answers.items()}
    return {"errMsg": f"{_CALL}:ok", **words}
