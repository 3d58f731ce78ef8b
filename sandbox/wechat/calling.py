"""The client with which the fake platform calls the mall."""

import ssl

import httpx

CALL_SECONDS = 15.0


def loopback_client() -> httpx.AsyncClient:
    """Return a client for addresses of this machine: no proxy, no redirect, and no authority.

    What is on loopback is plain HTTP, so no certificate is ever believed.
    """
    trusts_nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(trust_env=False, verify=trusts_nobody, timeout=CALL_SECONDS)
