"""What the environment says, read once."""

from datetime import timedelta
from pathlib import Path

import pytest

from server.services.refusals import BadSetting
from server.services.upload_limits import UploadLimits
from server.settings import Settings


def test_nothing_set_means_var_and_port_8000() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings(home=Path("var").absolute(), port=8000, ffmpeg=None, language="vi")
    assert settings.database == Path("var").absolute() / "loa.sqlite"
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
