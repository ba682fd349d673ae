"""Durable work, as a server that people use does it."""
