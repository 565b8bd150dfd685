"""The search index: Tantivy, in a process of its own.

Tantivy reads its files through memory maps. Where such a file is cut off, or the disk under it fails, the system ends the process
that reads it (SIGBUS), and there is nothing to catch. So the index lives in a small process beside the server (`worker.py`), which
knows nothing but this package; the server asks it over a pipe (`handle.py`) and starts it again when it ends.
"""
