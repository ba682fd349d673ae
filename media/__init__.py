"""WHAT SOUNDS: probing, measuring, normalising and storing audio."""
