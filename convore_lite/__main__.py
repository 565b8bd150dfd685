"""``python -m convore_lite`` is the command convore-lite."""

from .cli import main

if __name__ == "__main__":
    main()
