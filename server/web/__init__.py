"""Pages: plain HTML in Vietnamese, with no script; each shows what a use case answers."""
