"""A small OpenID provider for tests, served on the loopback: discovery, authorization code with PKCE, keys, user info.

What it says of the person, and what it does wrong, is set from outside between requests.
"""

import base64
import hashlib
import hmac
import json
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Thread
from time import sleep
from typing import Annotated, Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from litestar import Litestar, Request, Response, get, post
from litestar.params import QueryParameter, URLEncodedBody
from litestar.response import Redirect

CLIENT_ID = "loa-dak-lak"
CLIENT_SECRET = "bí mật: 100%"  # noqa: S105 (has to be encoded on its way)


@dataclass
class Provider:
    """`now` is its clock. `changed` are claims in the place of the right ones; one that is None is left out."""

    now: Callable[[], datetime]
    issuer: str = ""
    subject: str = "nguoi-1"
    email: str | None = "lan@tinh.example"
    email_verified: object = True
    email_by_user_info: bool = False
    changed: dict[str, object] = field(default_factory=dict)
    metadata: dict[str, object] = field(default_factory=dict)
    token_answer: dict[str, object] | None = None
    sign: Callable[["Provider", dict[str, object]], str] | None = None
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def claims(self, nonce: str) -> dict[str, object]:
        at = int(self.now().timestamp())
        said: dict[str, object] = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": at,
            "exp": at + 300,
            "nonce": nonce,
        }
        if not self.email_by_user_info:
            said |= self.person()
        said |= self.changed
        return {name: value for name, value in said.items() if value is not None}

    def person(self) -> dict[str, object]:
        return {} if self.email is None else {"email": self.email, "email_verified": self.email_verified}

    def signed(self, claims: dict[str, object]) -> str:
        if self.sign is not None:
            return self.sign(self, claims)
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)


def by_another_key(_provider: Provider, claims: dict[str, object]) -> str:
    other = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
    return jwt.encode({"alg": "RS256", "kid": "1"}, claims, other)


def by_none(_provider: Provider, claims: dict[str, object]) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def by_the_public_key_as_a_secret(provider: Provider, claims: dict[str, object]) -> str:
    """What a careless library takes: HMAC with what everybody can read."""
    said = f"{_part({'alg': 'HS256', 'kid': '1'})}.{_part(claims)}"
    mac = hmac.new(provider.key.as_pem(private=False), said.encode(), hashlib.sha256).digest()
    return f"{said}.{_base64(mac)}"


def by_the_clients_secret(_provider: Provider, claims: dict[str, object]) -> str:
    said = f"{_part({'alg': 'HS256'})}.{_part(claims)}"
    return f"{said}.{_base64(hmac.new(CLIENT_SECRET.encode(), said.encode(), hashlib.sha256).digest())}"


def _part(value: dict[str, object]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def app_of(provider: Provider) -> Litestar:
    @get("/.well-known/openid-configuration", sync_to_thread=False)
    def discovery() -> dict[str, object]:
        usual: dict[str, object] = {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize?tenant=tinh",
            "token_endpoint": f"{provider.issuer}/token",
            "jwks_uri": f"{provider.issuer}/keys",
            "userinfo_endpoint": f"{provider.issuer}/me",
        }
        return usual | provider.metadata

    @get("/authorize", sync_to_thread=False)
    def authorize(request: Request[Any, Any, Any], returned: Annotated[str, QueryParameter(name="state")]) -> Redirect:
        """The person is there and agrees at once."""
        asked = dict(request.query_params.items())
        provider.asked.append(asked)
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        provider.codes[code] = asked
        query = urlencode({"code": code, "state": returned, "iss": provider.issuer})
        return Redirect(f"{asked['redirect_uri']}?{query}", status_code=302)

    @post("/token", sync_to_thread=False)
    def token(request: Request[Any, Any, Any], data: URLEncodedBody[dict[str, str]]) -> Response[dict[str, object]]:
        if not _is_the_client(request, data):
            return Response({"error": "invalid_client"}, status_code=401)
        asked = provider.codes.pop(data["code"], None)
        if asked is None or asked["redirect_uri"] != data["redirect_uri"]:
            return Response({"error": "invalid_grant"}, status_code=400)
        if _base64(hashlib.sha256(data["code_verifier"].encode()).digest()) != asked["code_challenge"]:
            return Response({"error": "invalid_grant"}, status_code=400)
        usual: dict[str, object] = {
            "access_token": "cho-biet",
            "token_type": "Bearer",
            "id_token": provider.signed(provider.claims(asked["nonce"])),
        }
        return Response(usual if provider.token_answer is None else provider.token_answer, status_code=200)

    @get("/keys", sync_to_thread=False)
    def keys() -> dict[str, object]:
        return {"keys": [provider.key.as_dict(private=False)]}

    @get("/me", sync_to_thread=False)
    def me(request: Request[Any, Any, Any]) -> dict[str, object]:
        assert request.headers["authorization"] == "Bearer cho-biet"
        return {"sub": provider.subject, **provider.person()}

    def _is_the_client(request: Request[Any, Any, Any], data: dict[str, str]) -> bool:
        if provider.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return data.get("client_secret") == CLIENT_SECRET
        basic = f"{CLIENT_ID}:b%C3%AD%20m%E1%BA%ADt%3A%20100%25"
        return request.headers.get("authorization") == f"Basic {base64.b64encode(basic.encode()).decode()}"

    return Litestar([discovery, authorize, token, keys, me], openapi_config=None, logging_config=None)


@contextmanager
def served(provider: Provider) -> Iterator[Provider]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        provider.issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(app_of(provider), log_level="warning", access_log=False, ws="none")
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            sleep(0.02)
        yield provider
        server.should_exit = True
        thread.join()
