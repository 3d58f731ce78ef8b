"""Addresses in settings: checked by their parts, before anything is opened."""

import re
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

POSTGRESQL_PARAMETERS = frozenset(
    {
        "application_name", "database", "dbname", "host", "options", "passfile", "password",
        "port", "sslcert", "sslcrl", "sslkey", "sslmode", "sslnegotiation", "sslpassword",
        "sslrootcert", "target_session_attrs", "user",
    }
)  # fmt: skip
REDIS_PARAMETERS = frozenset(
    {"client_name", "db", "health_check_interval", "ssl_ca_certs", "ssl_cert_reqs",
     "ssl_check_hostname"}
)  # fmt: skip


def origin(value: str | None, example: str) -> str | None:
    """A web address without a path; ValueError, with the example, for anything else."""
    if value is not None and not (re.fullmatch(r"https?://[^/\s@?#]+", value) and _has_host(value)):
        raise ValueError(f"must be like {example}, without a path")
    return value


def base(value: str | None, example: str) -> str | None:
    """A web address that paths are put behind; ValueError, with the example, otherwise."""
    pattern = r"https?://[^/\s@?#]+(/[^\s?#]*[^\s?#/])?"
    if value is not None and not (re.fullmatch(pattern, value) and _has_host(value)):
        raise ValueError(f"must be like {example}, without a slash at the end")
    return value


def is_loopback(url: str) -> bool:
    """Whether a web address leads to this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    address = getattr(address, "ipv4_mapped", None) or address
    # What listens everywhere is reached from here at that same address.
    return address.is_loopback or address.is_unspecified


def server(
    value: SecretStr | None, schemes: tuple[str, ...], parameters: frozenset[str]
) -> SecretStr | None:
    """Check the address of a server by its parts, and say nothing of what it holds."""
    if value is None:
        return None
    scheme, _, _ = value.get_secret_value().partition("://")
    if scheme not in schemes:
        raise ValueError(f"must begin with {' or '.join(f'{each}://' for each in schemes)}")
    try:
        parts = urlsplit(value.get_secret_value())
        _ = parts.port
    except ValueError:
        raise ValueError("is no address: look at its host and port") from None
    unknown = sorted(set(parse_qs(parts.query, keep_blank_values=True)) - parameters)
    if unknown:
        raise ValueError(f"has a parameter that is not known: {', '.join(unknown)}")
    return value


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
