"""Who accepts how many subscribe messages of which template."""

from collections import Counter
from collections.abc import Mapping


class Permits:
    """The templates of the mini-program and the acceptances of people: each buys one message."""

    def __init__(self, templates: Mapping[str, frozenset[str]]) -> None:
        self._templates: dict[str, frozenset[str] | None] = dict(templates)
        self._left: Counter[tuple[str, str]] = Counter()

    def add_template(self, template_id: str, keys: frozenset[str] | None = None) -> None:
        """Have a template; with keys, a message has to carry exactly these."""
        self._templates[template_id] = keys

    def has_template(self, template_id: str) -> bool:
        """Whether the mini-program has this template."""
        return template_id in self._templates

    def keys(self, template_id: str) -> frozenset[str] | None:
        """Return the keys of a template; None where any will do."""
        return self._templates[template_id]

    def accept(self, openid: str, template_id: str, count: int = 1) -> None:
        """Let somebody accept messages, also of a template that there was not."""
        if not self.has_template(template_id):
            self.add_template(template_id)
        self._left[openid, template_id] += count

    def spend(self, openid: str, template_id: str) -> bool:
        """Take one acceptance; False when there is none left."""
        if self._left[openid, template_id] < 1:
            return False
        self._left[openid, template_id] -= 1
        return True
