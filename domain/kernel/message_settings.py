"""The settings of messages outside the mall: the templates of the mini-program."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import Field, field_validator, model_validator

from domain.kernel.outside_settings import OutsideFields
from domain.kernel.setting_names import variable

VALUES: Mapping[str, frozenset[str]] = {
    "order_paid": frozenset({"order_number", "amount", "time", "title"}),
    "order_closed": frozenset({"order_number", "reason", "time", "title"}),
    "payment_refunded": frozenset({"order_number", "amount", "reason", "time", "title"}),
    "order_shipped": frozenset({"order_number", "parcel", "rest", "time", "title"}),
    "case_moved": frozenset({"order_number", "reason", "time", "title"}),
    "order_ready": frozenset({"order_number", "until", "time", "title"}),
    "order_fetched": frozenset({"order_number", "time", "title"}),
    "invoice_issued": frozenset({"order_number", "amount", "time", "title"}),
    "invoice_rejected": frozenset({"order_number", "time", "title"}),
    "order_delivered": frozenset({"order_number", "time", "title"}),
    "points_expiring": frozenset({"points", "until", "time", "title"}),
}
"""What the fields of each template can show, by the kind of message that it is for."""

_SETTING = "wechat_template_"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIELD = re.compile(r"[a-z_]+[0-9]+")


@dataclass(frozen=True, slots=True)
class TemplateSettings:
    """A template's id, and the value that each of its fields shows."""

    id: str
    fields: Mapping[str, str]


class MessageFields(OutsideFields):
    """The templates by which members are told outside the mall, each only where it is given."""

    wechat_template_order_paid: str | None = Field(
        None,
        description="Template of the message that an order is paid: its id, then what each of its "
        "fields shows, `character_string1=order_number amount2=amount time3=time`; also `title`. "
        "Without it the inbox alone has the message.",
    )
    wechat_template_order_closed: str | None = Field(
        None,
        description="The same for an order that was closed: `order_number`, `reason`, `time`, "
        "`title`.",
    )
    wechat_template_payment_refunded: str | None = Field(
        None,
        description="The same for money that went back: `order_number`, `amount`, `reason`, "
        "`time`, `title`.",
    )

    wechat_template_order_shipped: str | None = Field(
        None,
        description="The same for a parcel that was sent: `order_number`, `parcel`, `rest` "
        "(whether more follows), `time`, `title`.",
    )

    wechat_template_case_moved: str | None = Field(
        None,
        description="The same for news of a case after the sale: `order_number`, `reason` (what "
        "became of it), `time`, `title`.",
    )
    wechat_template_order_ready: str | None = Field(
        None,
        description="The same for an order that can be fetched: `order_number`, `until`, `time`, "
        "`title`.",
    )
    wechat_template_order_fetched: str | None = Field(
        None,
        description="The same for an order that was fetched: `order_number`, `time`, `title`.",
    )
    wechat_template_order_delivered: str | None = Field(
        None,
        description="The same for virtual goods that were delivered: `order_number`, `time`, "
        "`title`.",
    )

    wechat_template_invoice_issued: str | None = Field(
        None,
        description="The same for an invoice that was made: `order_number`, `amount`, `time`, "
        "`title`.",
    )

    wechat_template_invoice_rejected: str | None = Field(
        None,
        description="The same for an invoice that will not be made: `order_number`, `time`, "
        "`title`.",
    )
    wechat_template_points_expiring: str | None = Field(
        None,
        description="The same for points that expire soon: `points`, `until`, `time`, `title`.",
    )

    @field_validator("wechat_template_order_paid")
    @classmethod
    def _paid_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "order_paid")

    @field_validator("wechat_template_order_closed")
    @classmethod
    def _closed_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "order_closed")

    @field_validator("wechat_template_payment_refunded")
    @classmethod
    def _refunded_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "payment_refunded")

    @field_validator("wechat_template_order_shipped")
    @classmethod
    def _shipped_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "order_shipped")

    @field_validator("wechat_template_case_moved")
    @classmethod
    def _case_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "case_moved")

    @field_validator("wechat_template_order_ready")
    @classmethod
    def _ready_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "order_ready")

    @field_validator("wechat_template_order_fetched")
    @classmethod
    def _fetched_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "order_fetched")

    @field_validator("wechat_template_invoice_issued")
    @classmethod
    def _invoice_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "invoice_issued")

    @field_validator("wechat_template_invoice_rejected")
    @classmethod
    def _rejected_invoice_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "invoice_rejected")

    @field_validator("wechat_template_order_delivered")
    @classmethod
    def _delivered_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "order_delivered")

    @field_validator("wechat_template_points_expiring")
    @classmethod
    def _expiring_is_a_template(cls, value: str | None) -> str | None:
        return _checked(value, "points_expiring")

    @model_validator(mode="after")
    def _templates_belong_to_a_mini_program(self) -> Self:
        if self.wechat_templates and self.wechat_app_id is None:
            (kind, *_) = self.wechat_templates
            raise ValueError(
                f"{variable('wechat_app_id')}: is missing; "
                f"{variable(_SETTING + kind)} is of no use without"
            )
        return self

    @property
    def wechat_templates(self) -> Mapping[str, TemplateSettings]:
        """The templates that are given, by the kind of message."""
        given = {
            "order_paid": self.wechat_template_order_paid,
            "order_closed": self.wechat_template_order_closed,
            "payment_refunded": self.wechat_template_payment_refunded,
            "order_shipped": self.wechat_template_order_shipped,
            "case_moved": self.wechat_template_case_moved,
            "order_ready": self.wechat_template_order_ready,
            "order_fetched": self.wechat_template_order_fetched,
            "invoice_issued": self.wechat_template_invoice_issued,
            "invoice_rejected": self.wechat_template_invoice_rejected,
            "order_delivered": self.wechat_template_order_delivered,
            "points_expiring": self.wechat_template_points_expiring,
        }
        return {kind: _read(value) for kind, value in given.items() if value is not None}


def _checked(value: str | None, kind: str) -> str | None:
    """A template as it was given; ValueError says what is wrong with it."""
    if value is None:
        return None
    template_id, *pairs = value.split(" ")
    if not _ID.fullmatch(template_id):
        raise ValueError("must begin with the id of a template, letters, digits, - and _")
    fields = [pair.partition("=") for pair in pairs]
    if not fields or not all(_FIELD.fullmatch(field) for field, _, _ in fields):
        raise ValueError("must have fields after the id, such as amount2=amount")
    if len({field for field, _, _ in fields}) < len(fields):
        raise ValueError("must have each field once")
    if unknown := sorted({shown for _, _, shown in fields} - VALUES[kind]):
        known = ", ".join(sorted(VALUES[kind]))
        raise ValueError(f"there is no {unknown[0] or 'value without a name'}; fields show {known}")
    return value


def _read(value: str) -> TemplateSettings:
    template_id, *pairs = value.split(" ")
    fields = dict(pair.split("=", 1) for pair in pairs)
    return TemplateSettings(template_id, fields)
