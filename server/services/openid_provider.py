"""The one door to an OpenID provider: its addresses and keys, a code for an ID token, and the checks of that token.

Authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9700).
"""

import ipaddress
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from server.services.single_sign_on_refusals import ProviderRefused, ProviderUnreachable, SignOnForged

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 10.0
# Seconds that our clock and the provider's may differ.
LEEWAY_S = 60
_LONGEST_ANSWER = 1_000_000
_SCOPE = "openid email profile"
# Signatures with a key of the provider alone: never `none`, never the secret that we share with it.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_LONGEST_CLAIM = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcProvider:
    """`issuer` is the address before /.well-known/openid-configuration, as the provider writes it."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was sent with somebody to the provider, to be compared when they come back. Not for their eyes alone."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the provider says of a person; `email` only where it has verified it."""

    issuer: str
    subject: str
    email: str | None


def is_safe_address(address: str) -> bool:
    """https, or http that never leaves this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 (raises where it is none)
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def begin(provider: OidcProvider, redirect_uri: str) -> tuple[str, Attempt]:
    """Where to send the browser. Raises ProviderUnreachable, ProviderRefused."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    attempt = Attempt(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        redirect_uri=redirect_uri,
    )
    with _client() as client:
        metadata = _metadata(client, provider)
    address = prepare_grant_uri(
        _endpoint(provider, metadata, "authorization_endpoint"),
        client_id=provider.client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=_SCOPE,
        state=attempt.state,
        nonce=attempt.nonce,
        code_challenge=create_s256_code_challenge(attempt.verifier),
        code_challenge_method="S256",
    )
    return str(address), attempt


def finish(provider: OidcProvider, attempt: Attempt, code: str, *, at: datetime) -> Told:
    """Who it is. Raises ProviderUnreachable, ProviderRefused, and SignOnForged where what came is no proof."""
    with _client() as client:
        metadata = _metadata(client, provider)
        tokens = _redeem(client, provider, metadata, attempt, code)
        keys = _json(provider, client.build_request("GET", _endpoint(provider, metadata, "jwks_uri")), client)
        claims = _checked(provider, tokens, keys, nonce=attempt.nonce, at=at)
        if "email" not in claims and "userinfo_endpoint" in metadata:
            claims = {**_user_info(client, provider, metadata, tokens, claims["sub"]), **claims}
    email = claims.get("email")
    verified = claims.get("email_verified") is True and isinstance(email, str)
    return Told(issuer=provider.issuer, subject=str(claims["sub"]), email=email if verified else None)


def _redeem(
    client: "httpx.Client", provider: OidcProvider, metadata: dict[str, Any], attempt: Attempt, code: str
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": attempt.redirect_uri,
        "code_verifier": attempt.verifier,
        "client_id": provider.client_id,
    }
    ways = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    auth: tuple[str, str] | None = None
    if provider.client_secret and "client_secret_basic" not in ways and "client_secret_post" in ways:
        form["client_secret"] = provider.client_secret
    elif provider.client_secret:
        # RFC 6749, section 2.3.1: both are encoded as in forms before they are joined.
        auth = (quote(provider.client_id, safe=""), quote(provider.client_secret, safe=""))
    address = _endpoint(provider, metadata, "token_endpoint")
    request = client.build_request("POST", address, data=form, headers={"Accept": "application/json"})
    return _json(provider, request, client, auth=auth)


def _checked(
    provider: OidcProvider, tokens: dict[str, Any], keys: dict[str, Any], *, nonce: str, at: datetime
) -> dict[str, Any]:
    """The claims of the ID token (Core 1.0, section 3.1.3.7). Raises SignOnForged."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    token = tokens.get("id_token")
    if not isinstance(token, str):
        raise SignOnForged(reason="no id_token")
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(_signing(keys)), algorithms=_ALGORITHMS)  # type: ignore[arg-type]  # what came is checked by the call
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
            },
            params={"nonce": nonce, "client_id": provider.client_id, "access_token": tokens.get("access_token")},
        )
        claims.validate(now=int(at.timestamp()), leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignOnForged(reason=" ".join(str(error).split())[:200] or type(error).__name__) from error
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject.isprintable() or not 0 < len(subject) <= _LONGEST_CLAIM:
        raise SignOnForged(reason="sub")
    return dict(claims)


def _signing(keys: dict[str, Any]) -> dict[str, Any]:
    """Without those that are for encryption, and without secret ones, which no provider publishes."""
    listed = keys.get("keys")
    kept = [
        key
        for key in (listed if isinstance(listed, list) else [])
        if isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in {"RSA", "EC", "OKP"}
    ]
    return {"keys": kept}


def _user_info(
    client: "httpx.Client", provider: OidcProvider, metadata: dict[str, Any], tokens: dict[str, Any], subject: str
) -> dict[str, Any]:
    """The address of people whose provider keeps it out of the ID token. Raises SignOnForged where it is another's."""
    bearer = tokens.get("access_token")
    if not isinstance(bearer, str):
        return {}
    request = client.build_request(
        "GET", _endpoint(provider, metadata, "userinfo_endpoint"), headers={"Authorization": f"Bearer {bearer}"}
    )
    said = _json(provider, request, client)
    if said.get("sub") != subject:
        raise SignOnForged(reason="userinfo sub")
    return {name: said[name] for name in ("email", "email_verified") if name in said}


def _metadata(client: "httpx.Client", provider: OidcProvider) -> dict[str, Any]:
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    metadata = _json(provider, client.build_request("GET", address), client)
    if metadata.get("issuer") != provider.issuer:
        raise ProviderRefused(issuer=provider.issuer, reason=f"issuer: {str(metadata.get('issuer'))[:200]}")
    return metadata


def _endpoint(provider: OidcProvider, metadata: dict[str, Any], name: str) -> str:
    address = metadata.get(name)
    if not isinstance(address, str) or not is_safe_address(address):
        raise ProviderRefused(issuer=provider.issuer, reason=name)
    return address


def _json(
    provider: OidcProvider, request: "httpx.Request", client: "httpx.Client", *, auth: tuple[str, str] | None = None
) -> dict[str, Any]:
    import httpx
    import msgspec

    body = b""
    try:
        answer = client.send(request, auth=auth or httpx.USE_CLIENT_DEFAULT, stream=True)
        try:
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > _LONGEST_ANSWER:
                    raise ProviderRefused(issuer=provider.issuer, reason=f"> {_LONGEST_ANSWER} B")
        finally:
            answer.close()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ProviderUnreachable(issuer=provider.issuer, reason=reason) from error
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = None
    if answer.status_code != 200 or not isinstance(said, dict):
        told = said.get("error") if isinstance(said, dict) else None
        reason = f"HTTP {answer.status_code}" + (f", {told[:100]}" if isinstance(told, str) else "")
        raise ProviderRefused(issuer=provider.issuer, reason=reason)
    return said


def _client() -> "httpx.Client":
    import httpx

    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
