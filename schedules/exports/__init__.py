"""What leaves the schedule: playlists, calendars and file names, as bytes and names that others' programs read."""
