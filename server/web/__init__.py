"""Pages: HTML in Vietnamese that works without script; each shows what a use case answers."""
