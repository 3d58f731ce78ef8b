"""What a process has for messages: the templates that members may be asked about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.messages.words import MessageKind


@dataclass(frozen=True, slots=True)
class TemplateDesk:
    """The template id of each kind that has one, as the mini-program asks its member for it."""

    ids: Mapping[MessageKind, str] = field(default_factory=dict[MessageKind, str])
