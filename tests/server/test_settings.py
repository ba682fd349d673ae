"""What the environment says, read once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from media.stores.s3 import S3Location
from server.errors import answer
from server.services.refusals import BadSetting
from server.services.upload_limits import UploadLimits
from server.settings import Settings


def test_nothing_set_means_var_and_port_8000() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings(home=Path("var").absolute(), port=8000, ffmpeg=None, language="vi")
    assert settings.database.path == Path("var").absolute() / "loa.sqlite"
    assert settings.store == Path("var").absolute() / "store"
    assert settings.scratch == Path("var").absolute() / "scratch"


def test_everything_can_be_set() -> None:
    environment = {"LOA_HOME": "/srv/loa", "LOA_PORT": "9000", "LOA_FFMPEG": "/opt/ffmpeg", "LOA_LANG": "en"}
    assert Settings.from_environment(environment) == Settings(
        home=Path("/srv/loa"), port=9000, ffmpeg=Path("/opt/ffmpeg"), language="en"
    )


def test_what_is_set_to_nothing_is_not_set() -> None:
    names = ("LOA_HOME", "LOA_PORT", "LOA_FFMPEG", "LOA_LANG")
    assert Settings.from_environment(dict.fromkeys(names, "")) == Settings.from_environment({})


def test_a_home_is_fixed_before_anybody_changes_folders() -> None:
    assert Settings.from_environment({"LOA_HOME": "đâu đó"}).home.is_absolute()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000x", "８０００", " 8000", "1e3", "99999999999999999999"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_PORT": port})
    assert refused.value.facts == {"name": "LOA_PORT", "value": port, "expected": "1–65535"}


@pytest.mark.parametrize("language", ["fr", "VI", "vi_VN.UTF-8"])
def test_a_language_without_texts_is_refused(language: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_LANG": language})
    assert refused.value.expected == "vi, en"


def test_webhooks_stay_out_of_private_networks_unless_that_is_said() -> None:
    allowed = {
        text: Settings.from_environment({"LOA_WEBHOOKS_PRIVATE": text}).private_webhooks for text in ("yes", "no", "")
    }
    assert allowed == {"yes": True, "no": False, "": False}
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_WEBHOOKS_PRIVATE": "true"})
    assert refused.value.expected == "yes, no"


def test_how_many_stations_are_planned_at_once_can_be_set() -> None:
    given = [Settings.from_environment(each).planning_threads for each in ({}, {"LOA_PLANNING_THREADS": "1"})]
    assert given == [4, 1]
    with pytest.raises(BadSetting):
        Settings.from_environment({"LOA_PLANNING_THREADS": "0"})


def test_what_may_be_uploaded_can_be_set() -> None:
    environment = {"LOA_UPLOAD_MAX": "5000", "LOA_UPLOAD_TYPES": " Audio/WAV , video/*,", "LOA_UPLOAD_DAYS": "2"}
    assert Settings.from_environment(environment).uploads == UploadLimits(
        max_size=5000, types=("audio/wav", "video/*"), lifetime=timedelta(days=2)
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOA_UPLOAD_MAX", "0"),
        ("LOA_UPLOAD_MAX", "1 GB"),
        ("LOA_UPLOAD_MAX", "1" * 30),
        ("LOA_UPLOAD_TYPES", "audio"),
        ("LOA_UPLOAD_TYPES", "audio/wav video/mp4"),
        ("LOA_UPLOAD_DAYS", "366"),
        ("LOA_UPLOAD_DAYS", "1.5"),
    ],
)
def test_a_limit_of_uploads_that_makes_no_sense_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({name: value})
    assert (refused.value.name, refused.value.value) == (name, value)


def test_types_are_weighed_by_kind() -> None:
    limits = UploadLimits(types=("audio/*", "video/mp4"))
    assert [limits.takes(each) for each in ("audio/x-wav", "video/mp4", "video/webm", "text/html")] == [
        True,
        True,
        False,
        False,
    ]
    assert UploadLimits(types=("*/*",)).takes("text/html")


KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "bi/mat+"}
HERE = S3Location(
    bucket="loa-audio", access_key_id=KEYS["AWS_ACCESS_KEY_ID"], secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"]
)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("s3://loa-audio", HERE),
        ("s3://loa-audio/?", HERE),
        ("s3://loa-audio/dak-lak/2026/", replace(HERE, prefix="dak-lak/2026")),
        ("s3://loa-audio?endpoint=http://127.0.0.1:9000", replace(HERE, endpoint="http://127.0.0.1:9000")),
        ("s3://loa-audio?endpoint=http%3A%2F%2F%5B%3A%3A1%5D%3A9000%2F", replace(HERE, endpoint="http://[::1]:9000")),
        (
            "s3://loa-audio/a?region=ap-southeast-1&endpoint=https://s3.example.vn/",
            replace(HERE, prefix="a", region="ap-southeast-1", endpoint="https://s3.example.vn"),
        ),
    ],
)
def test_audio_may_lie_in_a_bucket(url: str, location: S3Location) -> None:
    settings = Settings.from_environment(KEYS | {"LOA_STORE_URL": url})
    assert settings.s3 == location
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in f"{settings} {location.url}"


def test_without_an_address_keys_mean_nothing() -> None:
    assert Settings.from_environment(KEYS).s3 is None
    assert Settings.from_environment(KEYS | {"LOA_STORE_URL": ""}).s3 is None


@pytest.mark.parametrize(
    "url",
    [
        "/srv/audio",
        "file:///srv/audio",
        "S3:/loa-audio",
        "s3://",
        "s3:///folder",
        "s3://-",
        "s3://kho âm thanh",
        "s3://loa-audio/../other",
        "s3://loa-audio/a//b",
        "s3://loa-audio/.aside",
        "s3://loa-audio#x",
        "s3://loa-audio?endpoint=",
        "s3://loa-audio?endpoint=ftp://host",
        "s3://loa-audio?endpoint=http://host/path",
        "s3://loa-audio?endpoint=http://a&endpoint=http://b",
        "s3://loa-audio?region=",
        "s3://loa-audio?region=Hà Nội",
        "s3://[",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment(KEYS | {"LOA_STORE_URL": url})
    assert (refused.value.name, refused.value.value) == ("LOA_STORE_URL", url)


@pytest.mark.parametrize(
    "url",
    [
        "s3://AKIAEXAMPLE:topsecret@loa-audio",
        "s3://AKIAEXAMPLE:topsecret",
        "s3://AKIAEXAMPLE:top/secret@loa-audio/x",
        "s3://loa-audio?secret_access_key=topsecret",
        "s3://loa-audio?aws_secret_access_key=topsecret&region=us-east-1",
        "s3://loa-audio?endpoint=http://AKIAEXAMPLE:topsecret@host",
        "s3://loa-audio?endpoint=http%3A%2F%2FAKIAEXAMPLE%3Atopsecret%40host",
        "https://AKIAEXAMPLE:topsecret@host/loa-audio",
    ],
)
def test_a_key_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment(KEYS | {"LOA_STORE_URL": url})
    said = f"{refused.value} {answer(refused.value).sentence}"
    assert "LOA_STORE_URL" in said
    assert "secret@" not in said
    assert "topsecret" not in said
    assert "AKIAEXAMPLE" not in said


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
@pytest.mark.parametrize("value", ["", "hai dòng\n", "khóa"])
def test_a_bucket_wants_both_keys(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment(KEYS | {"LOA_STORE_URL": "s3://loa-audio", name: value})
    assert refused.value.name == name
    assert refused.value.value == ("có ký tự lạ" if value else "chưa đặt")


def test_a_profile_names_the_limits_that_differ(tmp_path: Path) -> None:
    file = tmp_path / "hồ sơ.toml"
    file.write_text("shortest_ms = 5_000\nmax_true_peak_dbtp = -2.0\n")
    profile = Settings.from_environment({"LOA_PROFILE": str(file)}).profile
    assert (profile.shortest_ms, profile.max_true_peak_dbtp, profile.target_lufs) == (5_000, -2.0, -23.0)


@pytest.mark.parametrize(
    "content",
    ["shortest = 5000", "shortest_ms = -1", "target_lufs = 0", "similar_from = 2.0", "shortest_ms = 'x'", "không phải"],
)
def test_a_profile_that_makes_no_sense_is_refused_with_its_place(tmp_path: Path, content: str) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(content)
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_PROFILE": str(file)})
    assert (refused.value.name, refused.value.value) == ("LOA_PROFILE", str(file))


def test_a_profile_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        Settings.from_environment({"LOA_PROFILE": str(tmp_path / "none.toml")})


def test_one_secret_for_all_processes_can_be_set_and_is_shown_to_nobody() -> None:
    settings = Settings.from_environment({"LOA_SECRET": "0a" * 32})
    assert settings.secret == b"\n" * 32
    assert "0a0a" not in repr(settings)
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_SECRET": "mật khẩu"})
    assert "mật" not in str(refused.value.facts)


def test_a_store_in_a_network_of_its_own_may_be_spoken_to_without_tls_where_that_is_said() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    told = {
        options: Settings.from_environment(keys | {"LOA_STORE_URL": f"s3://loa/a?endpoint=http://store:8333{options}"})
        for options in ("", "&tls=no")
    }
    assert {options: each.footing.store_endpoint for options, each in told.items()} == {
        "": "http://store:8333",
        "&tls=no": None,
    }
    with pytest.raises(BadSetting):
        Settings.from_environment(keys | {"LOA_STORE_URL": "s3://loa/a?tls=yes"})


def test_the_log_is_for_people_unless_machines_are_to_read_it() -> None:
    assert Settings.from_environment({}).log_format == "text"
    assert Settings.from_environment({"LOA_LOG_FORMAT": "json"}).log_format == "json"
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_LOG_FORMAT": "xml"})
    assert refused.value.expected == "text, json"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("", ""),
        ("http://collector:4318", "http://collector:4318"),
        ("https://otel.example.gov.vn/in/", "https://otel.example.gov.vn/in"),
        ("http://[::1]:4318", "http://[::1]:4318"),
        ("collector:4318", None),
        ("grpc://collector:4317", None),
        ("http://user:secret@collector:4318", None),
        ("http://collector:4318/v1?key=1", None),
    ],
)
def test_a_collector_of_traces_is_a_web_address_without_a_password(given: str, taken: str | None) -> None:
    if taken is not None:
        assert Settings.from_environment({"LOA_OTLP_ENDPOINT": given}).otlp_endpoint == taken
        return
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_OTLP_ENDPOINT": given})
    assert "secret" not in str(refused.value.facts)
