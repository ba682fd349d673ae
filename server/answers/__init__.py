"""The sentences of refusals, one file for each room that refuses."""
