"""The sounds that exported playlists are tried with."""

from tests.schedules_exports.conftest import sounds

__all__ = ["sounds"]
