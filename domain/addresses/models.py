"""The table of addresses."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base


class Address(Base):
    """Where a member has things sent. Retention: until the member deletes it, or is erased.

    ``sealed`` is an `AddressContent`, sealed for the address's id; ``phone_index`` finds it by the
    number, ``last_digits`` are those of the number. The names of the divisions are those of when
    the address was written. ``revision`` goes up when what is written in it changes, not when it
    becomes the default or ceases to be it.
    """

    __tablename__ = "addresses"
    __table_args__ = (
        CheckConstraint("last_digits ~ '^[0-9]{4}$'", name="last_digits_are_four"),
        CheckConstraint("octet_length(phone_index) = 32", name="phone_index_is_sha256"),
        CheckConstraint("province_code ~ '^[0-9]{2}0000$'", name="province_code_is_one"),
        CheckConstraint(
            "city_code ~ '^[0-9]{4}00$' AND left(city_code, 2) = left(province_code, 2)",
            name="city_lies_in_its_province",
        ),
        CheckConstraint(
            "district_code ~ '^[0-9]{6}$' AND left(district_code, 4) = left(city_code, 4)",
            name="district_lies_in_its_city",
        ),
        CheckConstraint(
            "(district_code IS NULL) = (district_name IS NULL)", name="district_is_whole"
        ),
        CheckConstraint("revision >= 1", name="revision_begins_at_one"),
        Index(None, "member_id"),
        Index(None, "phone_index"),
        Index(
            "uq_addresses_member_id_default",
            "member_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    sealed: Mapped[bytes]
    phone_index: Mapped[bytes]
    last_digits: Mapped[str]
    province_code: Mapped[str]
    province_name: Mapped[str]
    city_code: Mapped[str]
    city_name: Mapped[str]
    district_code: Mapped[str | None]
    district_name: Mapped[str | None]
    is_default: Mapped[bool]
    revision: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
