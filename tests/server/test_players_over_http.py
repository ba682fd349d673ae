"""The programs that stations use, playing from a served Loa: a playlist pulled with a token, its sounds by signature."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.players import PlayerFailed, liquidsoap_plays, mpd_reads
from tests.server.api.conftest import sounding_home, world  # noqa: F401  # fixtures of the small sounding district
from tests.server.machines import bearer, token
from tests.server.serving import served
from tests.server.worlds import World


@pytest.fixture
def base(world: World) -> Iterator[str]:  # noqa: F811  # the fixture above
    with served(world.context) as address:
        yield address


def pulled(base: str, folder: Path, file: str, secret: str) -> list[str]:
    """The playlist as the station's program has it on disk; its titles."""
    path = f"{base}/api/v1/stations/h654/months/2026-12/playlist.{file}"
    with urllib.request.urlopen(urllib.request.Request(path, headers=bearer(secret))) as answer:  # noqa: S310  # our own address
        content = answer.read()
    (folder / f"thang.{file}").write_bytes(content)
    return content.decode().splitlines()


def test_mpd_plays_a_month_with_nothing_but_the_addresses_in_it(world: World, base: str, tmp_path: Path) -> None:  # noqa: F811
    lines = pulled(base, tmp_path, "m3u8", token(world.context))
    addresses = [line for line in lines if line.startswith("http")]
    assert addresses
    assert all("&sig=" in address for address in addresses)
    played = mpd_reads(tmp_path, "thang.m3u8")
    assert len(played) == len(addresses)


def test_liquidsoap_plays_the_same(world: World, base: str, tmp_path: Path) -> None:  # noqa: F811
    lines = pulled(base, tmp_path, "m3u8", token(world.context))
    assert len(liquidsoap_plays(tmp_path, "thang.m3u8")) == len([line for line in lines if line.startswith("http")])


def test_mpd_pulls_the_playlist_itself_by_an_address_with_the_token(world: World, base: str, tmp_path: Path) -> None:  # noqa: F811
    secret = token(world.context)
    lines = pulled(base, tmp_path, "m3u8", secret)
    named = base.replace("://", f"://loa:{secret}@")
    played = mpd_reads(tmp_path, f"{named}/api/v1/stations/h654/months/2026-12/playlist.m3u8")
    assert len(played) == len([line for line in lines if line.startswith("http")])
    with pytest.raises(PlayerFailed):
        mpd_reads(tmp_path, f"{base}/api/v1/stations/h654/months/2026-12/playlist.m3u8", play=False)
