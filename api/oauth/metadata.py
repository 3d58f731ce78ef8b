"""What clients and verifiers may know of the server: discovery (RFC 8414, OpenID), and its keys."""

from collections.abc import Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.oauth.code_grant import ALGORITHM
from api.oauth.server import SECRET_METHODS
from api.oauth.standing import Standing
from domain.kernel.actors import Scope
from domain.sessions.rules import MEMBER_SCOPES, STAFF_SCOPE, Grant

_CACHED = {"cache-control": "public, max-age=30", "access-control-allow-origin": "*"}
"""Shorter than a new key waits before it signs."""
_CLAIMS = ["sub", "iss", "aud", "iat", "exp", "auth_time", "nonce", "at_hash", "name", "picture"]


class Metadata:
    """The documents that anybody may read."""

    def __init__(self, standing: Standing, issuer: str) -> None:
        self._standing = standing
        self._issuer = issuer

    def routes(self) -> list[Route]:
        """Where the documents are."""
        return [
            Route("/.well-known/oauth-authorization-server", self.discovery, methods=["GET"]),
            Route("/.well-known/openid-configuration", self.discovery, methods=["GET"]),
            Route("/oauth/jwks", self.jwks, methods=["GET"]),
        ]

    async def discovery(self, _request: Request) -> Response:
        """Where the endpoints are and what they can do."""
        issuer = self._issuer
        return _json(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/oauth/authorize",
                "token_endpoint": f"{issuer}/oauth/token",
                "device_authorization_endpoint": f"{issuer}/oauth/device_authorization",
                "revocation_endpoint": f"{issuer}/oauth/revoke",
                "introspection_endpoint": f"{issuer}/oauth/introspect",
                "userinfo_endpoint": f"{issuer}/oauth/userinfo",
                "jwks_uri": f"{issuer}/oauth/jwks",
                "grant_types_supported": [*Grant],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "prompt_values_supported": ["none", "login"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "request_parameter_supported": False,
                "request_uri_parameter_supported": False,
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "claims_supported": _CLAIMS,
                "scopes_supported": [*MEMBER_SCOPES, STAFF_SCOPE, *Scope],
                "token_endpoint_auth_methods_supported": ["none", *SECRET_METHODS],
                "revocation_endpoint_auth_methods_supported": ["none", *SECRET_METHODS],
                "introspection_endpoint_auth_methods_supported": SECRET_METHODS,
            }
        )

    async def jwks(self, _request: Request) -> Response:
        """The public keys that access tokens are verified with."""
        return _json(self._standing.verifying_keys().as_dict(private=False))


def _json(document: Mapping[str, object]) -> Response:
    return Response(orjson.dumps(document), 200, _CACHED, media_type="application/json")
