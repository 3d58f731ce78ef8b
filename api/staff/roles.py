"""The roles of the staff in the schema: described once, for whichever type names them."""

from api.enums import described
from domain.kernel.actors import Role

described(
    Role,
    "What a member of the staff is in charge of.",
    GUIDE="Serves members in a store.",
    STORE_MANAGER="Is in charge of stores, their guides and their pads.",
    OPERATOR="Is in charge of the range, the home page and the members.",
    FINANCE="Reads what money did, and the audit trail.",
    ENGINEER="Keeps the mall running, and reads the audit trail.",
    OWNER="May do whatever an operator may, and is in charge of the staff.",
)

__all__ = ["Role"]
