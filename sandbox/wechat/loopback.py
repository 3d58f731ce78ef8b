"""What is this machine and nothing beyond it."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether this host, a name or an address, is this machine and nothing beyond it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def leads_to_loopback(url: str) -> bool:
    """Whether this is an http address of this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and is_loopback(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
