"""What a process has for cases: their terms, and where their pictures can be seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.aftersales.passes import new_pass
from domain.aftersales.rules import CaseTerms
from domain.kernel.sealing import Vault

PATH = "/case-pictures"


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """The terms of cases; ``base_url`` is where clients reach the mall."""

    terms: CaseTerms
    base_url: str
    vault: Vault

    def pictures(self, at: datetime) -> Callable[[UUID, int], str]:
        """Addresses of pictures that hold for a while from now."""

        def address(case_id: UUID, position: int) -> str:
            given = new_pass(self.vault, case_id, position, at=at)
            return f"{self.base_url}{PATH}/{case_id.hex}/{position}.webp?pass={given}"

        return address
