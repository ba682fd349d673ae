"""JSON over HTTP, one router a subject."""
