"""The tables, the engine and the migrations."""
