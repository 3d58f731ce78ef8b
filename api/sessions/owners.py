"""Who has sessions of their own, among those who are signed in."""

from api.context import Context
from domain.sessions.views import Owner


def owner_of(context: Context) -> Owner:
    """Whoever asks, by their session. Faults: UNAUTHENTICATED, FORBIDDEN for who has none."""
    member = context.member()
    return Owner(member.id, member.session_id)
