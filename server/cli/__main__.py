"""`python -m server.cli` is `loa`."""

from server.cli.main import main

main()
