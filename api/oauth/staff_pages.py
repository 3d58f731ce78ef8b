"""Which member of the staff is signed in in a browser."""

from collections.abc import Mapping

from typing_extensions import override

from api.oauth.driver import unit
from api.oauth.end_user import EndUser, Page, SignIn, Visit
from api.oauth.pages.rendering import message
from api.oauth.pages.words import NOT_AVAILABLE
from api.oauth.tokens import BLOCKED
from domain.sessions import browsers


class StaffSignIn(SignIn):
    """Staff whose browser stands for them already; there is no page yet on which they sign in."""

    @override
    async def end_user(self, secret: str) -> EndUser | Page | None:
        """The member of the staff who is signed in; a page with the reason for one kept out."""
        this = unit()
        staff = await browsers.browser_staff(this.session, secret, at=this.at)
        if staff is None:
            return None
        if staff.block_reason is not None:
            return message(BLOCKED, 403, particulars={"reason": staff.block_reason})
        return EndUser(staff.staff_id, staff.name, staff.authenticated_at)

    @override
    async def first_page(self) -> Page:
        """Says that nobody can sign in here."""
        return message(NOT_AVAILABLE, 503)

    @override
    async def submitted(
        self, form: Mapping[str, str], visit: Visit, new_secret: str
    ) -> Page | None:
        """Says the same."""
        return await self.first_page()

    @override
    async def sign_out(self, secret: str) -> None:
        """Nobody is signed in in this browser any more."""
        this = unit()
        await browsers.end_browser(this.session, secret, at=this.at)
