"""Which addresses a client may have people sent back to."""

import pytest

from domain.sessions.rules import is_redirect_uri

BAD = [
    "",
    "shop.example/callback",
    "http://shop.example/callback",
    "javascript:alert(1)",
    "wxapp://callback",
    "https://",
    "https:///callback",
    "https://shop.example/callback#fragment",
    "https://shop.example/*",
    "https://*.shop.example/callback",
    "https://somebody@shop.example/callback",
    "https://shop.example/call back",
    "https://shop.example/回来",
    "https://shop.example:70000/callback",
    "https://shop.example/\n",
    "https://[::1/callback",
    "https://shop.example/" + "a" * 500,
    "http://localhost.thief.example/callback",
    "http://127.0.0.1.thief.example/callback",
]
LOOPBACK = ["http://localhost:3000/callback", "http://127.0.0.1/", "http://[::1]:8080/callback"]


@pytest.mark.parametrize("address", BAD)
@pytest.mark.parametrize("in_development", [True, False])
def test_what_is_not_one_place_on_the_web_is_refused(address: str, *, in_development: bool):
    assert not is_redirect_uri(address, in_development=in_development)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_is_one_in_development_alone(address: str):
    assert is_redirect_uri(address, in_development=True)
    assert not is_redirect_uri(address, in_development=False)


@pytest.mark.parametrize(
    "address",
    ["https://shop.example/callback", "https://shop.example:8443/", "https://shop.example/?from=a"],
)
def test_an_address_over_https_is_taken(address: str):
    assert is_redirect_uri(address, in_development=False)
