"""Durable work: what a request has promised is done after it, after a crash too."""
