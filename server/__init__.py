"""Wiring and doors: settings, database, use cases, HTTP API, pages and the command line."""
