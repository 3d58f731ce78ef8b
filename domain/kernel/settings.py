"""Every setting of the mall, in one frozen object that only the mains read."""

import difflib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from domain.kernel.logs import LogFormat

PREFIX = "MALL_"


class Profile(StrEnum):
    """How much a process trusts its callers."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsRefused(Exception):
    """The environment holds a setting that cannot be used; each line names one and why."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


class Settings(BaseSettings):
    """What an operator may set, read once from ``MALL_*`` variables.

    Units are last in the names. Addresses that may hold a password are secrets and do not
    show in ``repr``. Read it with `read_settings`.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    profile: Profile = Field(
        Profile.PRODUCTION,
        description="`development` runs any document and opens the metrics; `production` runs "
        "trusted documents only.",
    )
    home: Path = Field(Path(".mall"), description="Folder for the embedded engines, logs, media.")
    host: str = Field("127.0.0.1", min_length=1, description="Address that the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the API listens on.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+$",
        description="Where clients reach the API, without a path; by default its own address.",
    )
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 15 or newer, `postgresql://…`; embedded when absent."
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Valkey or Redis: `redis://`, `rediss://` or `unix://`; embedded when absent.",
    )
    read_connections: int = Field(
        8, ge=1, le=200, description="Most PostgreSQL connections for reads, for each process."
    )
    write_connections: int = Field(
        8, ge=1, le=200, description="Most PostgreSQL connections for writes, for each process."
    )
    browse_running: int = Field(
        16, ge=1, le=1000, description="Trusted documents that run at once."
    )
    browse_waiting: int = Field(
        64, ge=0, le=10_000, description="Trusted documents that may wait for a turn."
    )
    adhoc_running: int = Field(4, ge=1, le=1000, description="Other documents that run at once.")
    adhoc_waiting: int = Field(
        16, ge=0, le=10_000, description="Other documents that may wait for a turn."
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
        min_length=16,
        description="Bearer token for `/metrics`; in production there are no metrics without it.",
    )
    worker_metrics_port: int = Field(
        0, ge=0, le=65535, description="Loopback port for a worker's metrics; 0 for none."
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="Least level that is logged."
    )
    log_format: LogFormat = Field(LogFormat.JSON, description="`json` or `console`.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `read_settings` hands in and nothing else."""
        return (init_settings,)

    @field_validator("database_url")
    @classmethod
    def _names_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _names_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @model_validator(mode="after")
    def _worker_port_is_its_own(self) -> Self:
        if self.worker_metrics_port == self.port:
            raise ValueError("MALL_WORKER_METRICS_PORT: must differ from MALL_PORT")
        return self

    @property
    def base_url(self) -> str:
        """The address that clients use, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def media_folder(self) -> Path:
        """Where pictures lie that the API serves under ``/media``."""
        return self.home.absolute() / "media"

    def required_database_url(self) -> str:
        """The PostgreSQL address of a process that cannot do without; or `SettingsRefused`."""
        return _required(self.database_url, "MALL_DATABASE_URL")

    def required_redis_url(self) -> str:
        """The Valkey or Redis address of a process that cannot do without; or `SettingsRefused`."""
        return _required(self.redis_url, "MALL_REDIS_URL")


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
    name = PREFIX + field.upper()
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, Settings.model_fields, n=1)
        hint = f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""
        return f"{name}: there is no such setting{hint}"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')}"


def _required(value: SecretStr | None, name: str) -> str:
    if value is None:
        raise SettingsRefused([f"{name}: is missing; `make run` brings a server of its own"])
    return value.get_secret_value()
