"""The lock of a data folder: one process at a time, released by the kernel when the process ends in any way."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ..words.errors import SetupError


class FolderLock:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> FolderLock:
        """Make *folder* ours (and make it, readable by its owner only). Raises SetupError."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SetupError(f"The data folder {folder} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise SetupError(f"Another convore-lite is using the data folder {folder}.") from error
        except OSError as error:
            os.close(descriptor)
            raise SetupError(f"The data folder {folder} cannot be locked: {error.strerror}.") from error
        return cls(descriptor)

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
