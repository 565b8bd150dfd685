"""The testing kit: a running chat, people in it and their live streams, for tests of bots, of clients and of convore-lite itself.

Installed with convore-lite as a pytest plugin: the fixtures are in `plugin`, what they give in `chat`, `streams` and `server`.
"""

from .chat import Chat, Member, open_chat
from .clock import HoldsClock
from .server import ChatServer, serve_chat
from .sse import ServerSentEvent, SseParser
from .streams import LiveStream

__all__ = [
    "Chat",
    "ChatServer",
    "HoldsClock",
    "LiveStream",
    "Member",
    "ServerSentEvent",
    "SseParser",
    "open_chat",
    "serve_chat",
]
