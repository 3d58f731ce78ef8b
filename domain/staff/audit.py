"""What must be true of the staff beyond what their tables enforce by themselves."""

from sqlalchemy import and_, exists, or_, select

from domain.kernel.actors import STORE_ROLES, Role
from domain.kernel.audit import Invariant
from domain.staff.models import RecoveryCode, StaffMember, StaffStore
from domain.stores.models import Place, PlaceKind

_works_in_stores = exists().where(StaffStore.staff_id == StaffMember.id)
_signs_in = and_(StaffMember.blocked_at.is_(None), StaffMember.password_hash.is_not(None))
_another = StaffMember.__table__.alias("another")

INVARIANTS = (
    Invariant(
        "staff.store_roles_have_stores",
        "Guides and store managers work in at least one store, and nobody else does.",
        select(StaffMember.id, StaffMember.role).where(
            or_(
                and_(StaffMember.role.in_(sorted(STORE_ROLES)), ~_works_in_stores),
                and_(StaffMember.role.not_in(sorted(STORE_ROLES)), _works_in_stores),
            )
        ),
    ),
    Invariant(
        "staff.work_in_stores",
        "Whatever staff work in is a store.",
        select(StaffStore.staff_id, StaffStore.store_id)
        .join(Place, Place.id == StaffStore.store_id)
        .where(Place.kind != PlaceKind.STORE),
    ),
    Invariant(
        "staff.an_owner_signs_in",
        "Where anybody can sign in, an owner can.",
        select(StaffMember.id).where(
            _signs_in,
            ~exists().where(
                _another.c.role == Role.OWNER,
                _another.c.blocked_at.is_(None),
                _another.c.password_hash.is_not(None),
            ),
        ),
    ),
    Invariant(
        "staff.recovery_codes_have_an_authenticator",
        "Recovery codes are of somebody with an authenticator in use.",
        select(RecoveryCode.staff_id)
        .join(StaffMember, StaffMember.id == RecoveryCode.staff_id)
        .where(StaffMember.totp_confirmed_at.is_(None)),
    ),
)
