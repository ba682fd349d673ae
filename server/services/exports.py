"""What leaves Loa for players and calendars; only what is published is exported."""

from server.services.calendar_feeds import CalendarOrder, calendar
from server.services.export_cache import ExportCache
from server.services.folder_export import export_folder
from server.services.manifests import ManifestOrder
from server.services.playlists import PlaylistOrder, playlist

__all__ = ["CalendarOrder", "ExportCache", "ManifestOrder", "PlaylistOrder", "calendar", "export_folder", "playlist"]
