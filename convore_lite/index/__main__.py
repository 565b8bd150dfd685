"""`python -m convore_lite.index`: the process that holds the index, started by the server."""

from .worker import main

main()
