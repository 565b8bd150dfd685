"""The live endpoint: what happens, told as it happens. Server-sent events, and long poll for old clients.

Subscribe first, then replay the log, then live: no gap and no duplicate. What is delivered is what its reader may read then.
"""

from .endpoint import PATH, LiveEndpoint, no_stream

__all__ = ["PATH", "LiveEndpoint", "no_stream"]
