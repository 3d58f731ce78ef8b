"""Who has sessions of their own, among those who are signed in."""

from api.context import Context
from domain.kernel.errors import Forbidden
from domain.sessions.views import SignedIn


def signed_in(context: Context) -> SignedIn:
    """Whoever asks, by their session. Faults: UNAUTHENTICATED, FORBIDDEN for who has none.

    The development token is nobody's session.
    """
    person = context.member_or_staff()
    if person.session_id is None:
        raise Forbidden
    return SignedIn(person.id, person.session_id)
