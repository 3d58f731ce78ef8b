"""An address as the columns of its row: shared by all that write rows."""

from random import Random
from typing import Any
from uuid import UUID

from domain.addresses.regions import Division
from domain.addresses.rules import AddressContent
from domain.addresses.sealing import sealed_content
from domain.kernel.sealing import Vault
from domain.members.actions.phones import phone_key
from domain.members.phone_numbers import last_digits


def content_columns(
    vault: Vault, address_id: UUID, content: AddressContent, random: Random
) -> dict[str, Any]:
    """The columns that hold what an address says."""
    return {
        "sealed": sealed_content(vault, address_id, content, random=random),
        "phone_index": phone_key(vault, content.phone),
        "last_digits": last_digits(content.phone),
    }


def place_columns(division: Division) -> dict[str, Any]:
    """The columns that hold where it lies."""
    district = division.district
    return {
        "province_code": division.province.code,
        "province_name": division.province.title.zh,
        "city_code": division.city.code,
        "city_name": division.city.title.zh,
        "district_code": district.code if district else None,
        "district_name": district.title.zh if district else None,
    }
