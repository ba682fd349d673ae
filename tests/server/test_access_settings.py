"""Which mail server and which OpenID provider the environment names."""

from pathlib import Path

import pytest

from server.access_settings import mail_server, oidc_provider
from server.services.mail_server import MailServer
from server.services.openid_provider import OidcProvider
from server.services.refusals import BadSetting
from server.settings import Settings

FROM = "Loa <loa@tinh.example>"
ISSUER = "https://dangnhap.tinh.example/realms/tinh"


def test_without_either_there_is_none() -> None:
    settings = Settings.from_environment({"LOA_SMTP_URL": "", "LOA_OIDC_ISSUER": ""})
    assert (settings.mail, settings.oidc) == (None, None)


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "user", "password"),
    [
        ("smtp://thu.tinh.example", "thu.tinh.example", 587, "start", "", ""),
        ("smtp://loa:b%40%2F@thu.tinh.example:2525?tls=start", "thu.tinh.example", 2525, "start", "loa", "b@/"),
        ("smtp://127.0.0.1?tls=none", "127.0.0.1", 25, "none", "", ""),
        ("smtps://loa%40tinh.example:x@thu.tinh.example", "thu.tinh.example", 465, "implicit", "loa@tinh.example", "x"),
        ("smtp://[::1]:25/?tls=none", "::1", 25, "none", "", ""),
    ],
)
def test_a_mail_server_is_one_address(*, url: str, host: str, port: int, tls: str, user: str, password: str) -> None:
    found = mail_server({"LOA_SMTP_URL": url, "LOA_MAIL_FROM": FROM})
    assert found == MailServer(host=host, port=port, tls=tls, sender=FROM, user=user, password=password)  # type: ignore[arg-type]  # one of the ways


def test_a_mail_servers_password_can_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mat-khau"
    path.write_text("an toàn"[:2] + "!\n")
    environment = {"LOA_SMTP_URL": "smtp://loa@t.example", "LOA_MAIL_FROM": FROM, "LOA_SMTP_PASSWORD_FILE": str(path)}
    assert Settings.from_environment(environment).mail == MailServer(
        host="t.example",
        port=587,
        tls="start",
        sender=FROM,
        user="loa",
        password="an!",  # noqa: S106 (of a test)
    )
    path.unlink()
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment(environment)
    assert refused.value.name == "LOA_SMTP_PASSWORD_FILE"


@pytest.mark.parametrize(
    "url",
    [
        "thu.tinh.example",
        "bi-mat",
        "http://loa:bi-mat@t.example",
        "smtp://",
        "smtp://loa:bi-mat@",
        "smtp://loa:bi-mat@t.example:0",
        "smtp://loa:bi-mat@t.example:x",
        "smtp://loa:bi-mat@t.example?tls=maybe",
        "smtp://loa:bi-mat@t.example?ssl=1",
        "smtps://loa:bi-mat@t.example?tls=none",
        "smtp://loa:bi-mat@t.example/x",
        "smtp://loa:bi-mat@t.example#x",
        "smtp://loa:bi-mat@t ex.example",
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        mail_server({"LOA_SMTP_URL": url, "LOA_MAIL_FROM": FROM})
    assert refused.value.name == "LOA_SMTP_URL"
    assert "bi-mat" not in refused.value.value


@pytest.mark.parametrize("sender", ["", "Loa", "loa@", "Loa <loa@tinh.example>\nBcc: x@y.example"])
def test_a_sender_is_an_address(sender: str) -> None:
    with pytest.raises(BadSetting) as refused:
        mail_server({"LOA_SMTP_URL": "smtp://t.example", "LOA_MAIL_FROM": sender})
    assert refused.value.name == "LOA_MAIL_FROM"


def test_a_password_that_the_protocol_cannot_carry_is_refused_unseen() -> None:
    environment = {"LOA_SMTP_URL": "smtp://loa@t.example", "LOA_MAIL_FROM": FROM, "LOA_SMTP_PASSWORD": "mật"}
    with pytest.raises(BadSetting) as refused:
        mail_server(environment)
    assert "mật" not in refused.value.value


def test_certificates_to_trust_are_a_file_that_is_there(tmp_path: Path) -> None:
    environment = {"LOA_SMTP_URL": "smtp://t.example", "LOA_MAIL_FROM": FROM, "LOA_SMTP_CA_FILE": str(tmp_path / "x")}
    with pytest.raises(BadSetting):
        mail_server(environment)
    (tmp_path / "x").touch()
    found = mail_server(environment)
    assert found is not None
    assert found.authorities == tmp_path / "x"


def test_a_provider_is_its_issuer_and_what_it_calls_us(tmp_path: Path) -> None:
    secret = tmp_path / "bi-mat"
    secret.write_text("cơ mật\r\n", encoding="utf-8")
    environment = {
        "LOA_OIDC_ISSUER": ISSUER,
        "LOA_OIDC_CLIENT_ID": "loa",
        "LOA_OIDC_CLIENT_SECRET_FILE": str(secret),
    }
    found = Settings.from_environment(environment).oidc
    assert found == OidcProvider(issuer=ISSUER, client_id="loa", client_secret="cơ mật")  # noqa: S106 (of a test)
    assert "cơ mật" not in repr(found)


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080", "http://[::1]/x", "http://localhost:8080/realms/tinh"])
def test_a_provider_on_this_machine_needs_no_tls(issuer: str) -> None:
    assert oidc_provider({"LOA_OIDC_ISSUER": issuer, "LOA_OIDC_CLIENT_ID": "loa"}) is not None


@pytest.mark.parametrize(
    "issuer",
    [
        "http://dangnhap.tinh.example",
        "http://127.0.0.1.khac.example",
        "dangnhap.tinh.example",
        "https://",
        "https://a:b@khac.example",
        "https://khac.example?x=1",
        "https://khac.example#x",
        "https://khac.example:x",
        "ftp://127.0.0.1",
    ],
)
def test_an_issuer_is_reached_safely(issuer: str) -> None:
    with pytest.raises(BadSetting) as refused:
        oidc_provider({"LOA_OIDC_ISSUER": issuer, "LOA_OIDC_CLIENT_ID": "loa"})
    assert refused.value.name == "LOA_OIDC_ISSUER"


@pytest.mark.parametrize("client_id", ["", " ", "a\nb"])
def test_a_provider_has_to_know_us_by_some_name(client_id: str) -> None:
    with pytest.raises(BadSetting) as refused:
        oidc_provider({"LOA_OIDC_ISSUER": ISSUER, "LOA_OIDC_CLIENT_ID": client_id})
    assert refused.value.name == "LOA_OIDC_CLIENT_ID"
