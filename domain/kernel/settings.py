"""Every setting of the mall, in one frozen object that only the mains read."""

import difflib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Self

from pydantic import ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from domain.kernel.addresses import POSTGRESQL_PARAMETERS, REDIS_PARAMETERS, origin, server
from domain.kernel.aftersales_settings import AfterSalesFields
from domain.kernel.logs import LogFormat, LogLevel
from domain.kernel.media_settings import MediaStoreFields
from domain.kernel.message_settings import MessageFields
from domain.kernel.points_settings import PointsFields
from domain.kernel.sealing import Vault, master_keys
from domain.kernel.setting_names import PREFIX, Fields, no_guess, variable
from domain.kernel.tracking_settings import TrackingFields
from domain.kernel.wechat_pay_settings import WeChatPayFields

_IN_WORDS = {
    "int_parsing": "should be a whole number",
    "float_parsing": "should be a number",
    "int_from_float": "should be a whole number",
}


class Profile(StrEnum):
    """How much a process trusts its callers."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsRefused(Exception):
    """The environment holds a setting that cannot be used; each line names one and why."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


class ProcessFields(Fields):
    """How a process runs: its address, its servers, its limits and its logs."""

    profile: Profile = Field(
        Profile.PRODUCTION,
        description="`development` runs any document and opens the metrics; `production` runs "
        "trusted documents only.",
    )
    name: str = Field(
        "Shoal", min_length=1, max_length=40, description="What the mall's own pages call it."
    )
    home: Path = Field(
        Path(".mall"),
        description="Folder for the embedded engines, logs and media, from the current one.",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address that the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the API listens on.")
    public_url: str | None = Field(
        None,
        description="Where clients reach the API, `https://…` without a path; its own address "
        "in development.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL 15 or newer, `postgresql://…`; `mall run` brings one when absent.",
    )
    migration_database_url: SecretStr | None = Field(
        None,
        description="The same database as its owner, for `mall migrate`; `MALL_DATABASE_URL` when "
        "absent.",
    )
    application_role: str | None = Field(
        None,
        min_length=1,
        max_length=63,
        description="Role of the API and the workers where it is not the owner: `mall migrate` "
        "gives it its rights, which leave journals alone.",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Valkey or Redis, `redis://`, `rediss://` or `unix://`; `mall run` brings one "
        "when absent.",
    )
    master_keys: SecretStr | None = Field(
        None,
        description="Keys that phones and signing keys are sealed with, 32 bytes in base64 each, "
        "the newest first, commas between; `mall run` makes one when absent.",
    )
    read_connections: int = Field(
        20, ge=1, le=200, description="Most PostgreSQL connections for reads, for each process."
    )
    write_connections: int = Field(
        8, ge=1, le=200, description="Most PostgreSQL connections for writes, for each process."
    )
    hot_connections: int = Field(
        6,
        ge=1,
        le=200,
        description="Most PostgreSQL connections for orders and payments, for each process.",
    )
    browse_running: int = Field(
        16, ge=1, le=1000, description="Trusted documents that run at once."
    )
    browse_waiting: int = Field(
        64, ge=0, le=10_000, description="Trusted documents that may wait for a turn."
    )
    public_answers: int = Field(
        2000,
        ge=0,
        le=100_000,
        description="Answers to public reads that a process keeps, each for a second at most; 0 "
        "for none.",
    )
    adhoc_running: int = Field(4, ge=1, le=1000, description="Other documents that run at once.")
    adhoc_waiting: int = Field(
        16, ge=0, le=10_000, description="Other documents that may wait for a turn."
    )
    ordering_running: int = Field(
        500,
        ge=1,
        le=2000,
        description="Orders that are placed at once, by trusted documents: they wait for a "
        "transaction together, without a connection of their own.",
    )
    paying_running: int = Field(
        200,
        ge=1,
        le=2000,
        description="Orders that are begun to be paid or cancelled at once, by trusted documents: "
        "they wait for the gateway.",
    )
    receipt_days: int = Field(
        10,
        ge=1,
        le=60,
        description="Days after its last parcel was sent until an order is taken for received.",
    )
    pick_up_days: int = Field(
        7,
        ge=1,
        le=60,
        description="Days that a store keeps an order ready to be picked up before its code ends.",
    )
    pick_up_reminder_days: int = Field(
        4,
        ge=0,
        le=60,
        description="Days after which a member is reminded once of an order that is ready to be "
        "picked up; 0 for never. Nobody is once the code has ended.",
    )
    drain_seconds: float = Field(
        5, ge=0, le=60, description="Pause between not ready and the end, for the balancer to see."
    )
    shutdown_seconds: float = Field(
        20,
        ge=1,
        le=120,
        description="How long requests and jobs under way may take at the end.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="Bearer token for `/metrics`, at least 16 characters; in production there are "
        "no metrics without it.",
    )
    staff_token: SecretStr | None = Field(
        None,
        description="Bearer token of a member of the staff, at least 16 characters; refused in "
        "production. `mall run` makes one when absent.",
    )
    failpoint: str | None = Field(
        None,
        pattern=r"^[a-z_]+(\.[a-z_]+)+:/.+$",
        description="Where a process kills itself, once, for tests of what is left then: "
        "`<name>:<path>`, while there is a file at that path; refused in production.",
    )
    worker_metrics_port: int = Field(
        0, ge=0, le=65535, description="Loopback port for a worker's metrics; 0 for none."
    )
    log_level: LogLevel = Field(
        LogLevel.INFO,
        description="Least level that is logged: `debug`, `info`, `warning` or `error`.",
    )
    log_format: LogFormat = Field(LogFormat.JSON, description="`json` or `console`.")

    @field_validator("database_url", "migration_database_url")
    @classmethod
    def _names_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        return server(value, ("postgresql", "postgres"), POSTGRESQL_PARAMETERS)

    @field_validator("redis_url")
    @classmethod
    def _names_redis(cls, value: SecretStr | None) -> SecretStr | None:
        return server(value, ("redis", "rediss", "unix"), REDIS_PARAMETERS)

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, value: str | None) -> str | None:
        return origin(value, "https://mall.example")

    @field_validator("master_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            master_keys(value.get_secret_value())
        return value

    @field_validator("metrics_token", "staff_token")
    @classmethod
    def _is_no_guess(cls, value: SecretStr | None) -> SecretStr | None:
        return no_guess(value)

    @field_validator("home")
    @classmethod
    def _is_meant_as_written(cls, value: Path) -> Path:
        return value.expanduser()

    @model_validator(mode="after")
    def _staff_token_is_for_development(self) -> Self:
        if self.staff_token is not None and self.profile is Profile.PRODUCTION:
            raise ValueError(
                "MALL_STAFF_TOKEN: is for development only; one token for all is no sign-in"
            )
        return self

    @model_validator(mode="after")
    def _failpoint_is_for_development(self) -> Self:
        if self.failpoint is not None and self.profile is Profile.PRODUCTION:
            raise ValueError("MALL_FAILPOINT: is for development only; it kills the process")
        return self

    @model_validator(mode="after")
    def _worker_port_is_its_own(self) -> Self:
        if self.worker_metrics_port == self.port:
            raise ValueError("MALL_WORKER_METRICS_PORT: must differ from MALL_PORT")
        return self

    @model_validator(mode="after")
    def _every_turn_has_a_connection(self) -> Self:
        if self.browse_running + self.adhoc_running > self.read_connections:
            raise ValueError(
                "MALL_READ_CONNECTIONS: must be at least MALL_BROWSE_RUNNING and "
                "MALL_ADHOC_RUNNING together; a turn without a connection only waits elsewhere"
            )
        return self


class Settings(
    TrackingFields,
    MessageFields,
    WeChatPayFields,
    MediaStoreFields,
    PointsFields,
    AfterSalesFields,
    ProcessFields,
):
    """What an operator may set, read once from ``MALL_*`` variables.

    Units are last in the names. Addresses that may hold a password are secrets and do not
    show in ``repr``. Read it with `read_settings`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=True,
        defer_build=False,
    )

    @model_validator(mode="after")
    def _outside_fits_the_profile(self) -> Self:
        self.refuse_addresses_of_another_profile(is_production=self.profile is Profile.PRODUCTION)
        return self

    @property
    def base_url(self) -> str:
        """The address that clients use, without a slash at the end; or `SettingsRefused`.

        In production it has to be said: an own address of loopback is nobody else's.
        """
        if self.public_url is None and self.profile is Profile.PRODUCTION:
            raise SettingsRefused(
                ["MALL_PUBLIC_URL: is missing; clients get the addresses of pictures from it"]
            )
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def media_folder(self) -> Path:
        """Where pictures lie that the API serves under ``/media``."""
        return self.home.absolute() / "media"

    @property
    def private_folder(self) -> Path:
        """Where uploads lie that nobody but the mall reads; the API serves nothing of it."""
        return self.home.absolute() / "private"

    def required_database_url(self) -> str:
        """The PostgreSQL address of a process that cannot do without; or `SettingsRefused`."""
        return self._servers("database_url")[0]

    def required_migration_url(self) -> str:
        """The PostgreSQL address that owns the tables; or `SettingsRefused`."""
        given = self.migration_database_url
        return given.get_secret_value() if given else self.required_database_url()

    def required_vault(self) -> Vault:
        """What opens secrets at rest; or `SettingsRefused`."""
        if self.master_keys is None:
            raise SettingsRefused(
                [
                    f"{PREFIX}MASTER_KEYS: is missing; `openssl rand -base64 32` makes a key, "
                    "to be kept as safe as a backup"
                ]
            )
        return Vault(master_keys(self.master_keys.get_secret_value()))

    def required_redis_url(self) -> str:
        """The Valkey or Redis address of a process that cannot do without; or `SettingsRefused`."""
        return self._servers("redis_url")[0]

    def require_servers(self) -> None:
        """Refuse to start without either server, naming each that is missing."""
        self._servers("database_url", "redis_url")

    def _servers(self, *names: str) -> list[str]:
        given: dict[str, SecretStr | None] = {
            "database_url": self.database_url,
            "redis_url": self.redis_url,
        }
        missing = [name for name in names if given[name] is None]
        if missing:
            raise SettingsRefused(
                [
                    f"{variable(name)}: is missing; `make run` brings a server of its own"
                    for name in missing
                ]
            )
        return [value.get_secret_value() for name in names if (value := given[name])]


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings, or raise `SettingsRefused` with every name that is wrong and why.

    A ``MALL_`` variable that is no setting is refused too: a misspelt limit that is silently
    ignored is found on the night of the festival. An empty value counts as absent.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and value != ""
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsRefused([_reason(detail) for detail in error.errors()]) from None


def _reason(detail: ErrorDetails) -> str:
    if not detail["loc"]:
        return detail["msg"].removeprefix("Value error, ")
    field = str(detail["loc"][0])
    name = variable(field)
    if detail["type"] in _IN_WORDS:
        return f"{name}: {_IN_WORDS[detail['type']]}"
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, Settings.model_fields, n=1)
        hint = f"; did you mean {variable(near[0])}?" if near else ""
        return f"{name}: there is no such setting{hint}"
    return f"{name}: {detail['msg'].removeprefix('Value error, ').removeprefix('Input ')}"
