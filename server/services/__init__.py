"""Use cases, one file a subject: load, decide, save."""
