"""convore-lite: a whole group chat in one process."""

__version__ = "0.1.0"
