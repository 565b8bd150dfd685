"""What broken, curious and hostile peers send. Every row is one connection, and must not cost more than that.

The shapes come from what people reported about Hypercorn, from RFC 9112 and 9113, and from the literature on smuggling.
"""

from __future__ import annotations

from dataclasses import dataclass

from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

# How a peer leaves.
CLOSE, HALF, RESET = "close", "half-close", "reset"


@dataclass(frozen=True)
class Row:
    """One connection over HTTP/1: what is sent, the status that must come back, and how the peer leaves.

    A status of None means that the peer leaves without waiting for any answer.
    """

    name: str
    sends: bytes
    status: int | None
    leaves: str = CLOSE


def get(path: bytes = b"/", *lines: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    return b"\r\n".join([b"GET " + path + b" " + version, b"Host: x", *lines, b"", b""])


def post(path: bytes, *lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"Host: x", *lines, b"", b""]) + body


def websocket(*lines: bytes, version: bytes = b"13", key: bytes = b"dGhlIHNhbXBsZSBub25jZQ==") -> bytes:
    upgrade = (b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: " + version)
    return get(b"/", *upgrade, b"Sec-WebSocket-Key: " + key, *lines)


def chunked(body: bytes) -> bytes:
    return post(b"/read", b"Transfer-Encoding: chunked", body=body)


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(190)

WEBSOCKETS = [
    Row("ws handshake", websocket(), 400),
    Row("ws handshake and a byte", websocket() + b"x", 400),
    Row("ws handshake and a frame", websocket() + b"\x81\x85\x00\x00\x00\x00hello", 400),
    Row("ws handshake and much junk", websocket() + b"\xff" * 100_000, 400),
    Row("ws protocol not ASCII", websocket(b"Sec-WebSocket-Protocol: ch\xc3\xa4t"), 400),
    Row("ws extensions not ASCII", websocket(b"Sec-WebSocket-Extensions: \xff\xfe"), 400),
    Row("ws key not ASCII", websocket(key=b"\xe9\xe9"), 400),
    Row("ws version unknown", websocket(version=b"7"), 400),
    Row("ws by POST", post(b"/", b"Upgrade: websocket", b"Connection: Upgrade"), 400),
    Row("ws in a list of upgrades", get(b"/", b"Upgrade: h2c, WebSocket", b"Connection: upgrade"), 400),
    Row(
        "ws in the first of two upgrades",
        get(b"/", b"Upgrade: websocket", b"Upgrade: h2c", b"Connection: upgrade"),
        400,
    ),
    Row("ws handshake and gone", websocket() + b"x", None, RESET),
]

UPGRADES = [
    Row(
        "h2c upgrade",
        get(b"/", b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings", b"HTTP2-Settings: AAMAAABk"),
        200,
    ),
    Row(
        "h2c upgrade, bad settings", get(b"/", b"Upgrade: h2c", b"Connection: Upgrade", b"HTTP2-Settings: %%\xff"), 200
    ),
    Row("h2c upgrade, no settings", get(b"/", b"Upgrade: h2c", b"Connection: Upgrade"), 200),
    Row("HTTP/2 preface", PREFACE, 505),
    Row("HTTP/2 preface and settings", PREFACE + SettingsFrame(0).serialize(), 505),
    Row("HTTP/2 preface and junk", PREFACE + b"\x00" * 1000, 505),
    Row("HTTP/2 preface and gone", PREFACE, None, RESET),
]

NAMES_AND_VALUES = [
    Row("header value not ASCII", get(b"/", b"Cookie: \xe4=\xff"), 200),
    Row("Host not ASCII", b"GET / HTTP/1.1\r\nHost: \xe4\xff\r\n\r\n", 200),
    Row("header name not ASCII", get(b"/", b"\xe4: 1"), 400),
    Row("path not ASCII", get(b"/\xc3\xa4"), 400),
    Row("path percent-encoded, not UTF-8", get(b"/%ff%fe%00"), 200),
    Row("query not ASCII", get(b"/?q=\xff"), 400),
    Row("method not ASCII", b"G\xcbT / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Row("method of signs", b"!# / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Row("method of 300 letters", b"G" * 300 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    Row("NUL in the path", get(b"/\x00"), 400),
    Row("NUL in a header", get(b"/", b"A: \x00"), 400),
    Row("NULs only", bytes(5000), 400),
    Row("empty header name", get(b"/", b": 1"), 400),
    Row("header without a colon", get(b"/", b"lonely"), 400),
    Row("space before the colon", get(b"/", b"Content-Length : 5"), 400),
    Row("two Hosts", get(b"/", b"Host: y"), 400),
    Row("no Host", b"GET / HTTP/1.1\r\n\r\n", 400),
    Row("folded header", get(b"/", b"A: 1\r\n 2"), 200),
    Row("first header folded", b"GET / HTTP/1.1\r\n A: 1\r\nHost: x\r\n\r\n", 400),
    Row("bare LF", b"GET / HTTP/1.1\nHost: x\n\n", 200),
    Row("bare CR", b"GET / HTTP/1.1\rHost: x\r\r", None),
    Row("CR in a value", get(b"/", b"A: 1\r2"), 400),
    Row("forwarded for nobody", get(b"/", b"X-Forwarded-For: \xff, ,;", b"Forwarded: for=\xff"), 200),
    Row("Expect of something else", get(b"/", b"Expect: \xff"), 200),
]

TARGETS = [
    Row("absolute form", get(b"http://x/host"), 200),
    Row("absolute form, other host", get(b"HTTP://other:99/host"), 200),
    Row("absolute form, no path", get(b"http://x"), 200),
    Row("absolute form, only a query", get(b"http://x?a=b"), 200),
    Row("absolute form with a password", get(b"http://me:secret@x/"), 400),
    Row("absolute form, no host", get(b"http:///"), 400),
    Row("absolute form of ftp", get(b"ftp://x/"), 400),
    Row("CONNECT", b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03", 400),
    Row("CONNECT to a path", b"CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Row("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    Row("no slash", get(b"index.html"), 400),
    Row("two slashes", get(b"//evil.example/"), 200),
    Row("no version", b"GET /\r\n\r\n", 400),
    Row("version 3.0", get(version=b"HTTP/3.0"), 505),
    Row("version 0.9", get(version=b"HTTP/0.9"), 505),
    Row("version of letters", get(version=b"HTTP/x.y"), 400),
    Row("leading space", b" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
]

BODIES = [
    Row(
        "length and chunked",
        post(b"/read", b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        400,
    ),
    Row(
        "chunked and length",
        post(b"/read", b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
        400,
    ),
    Row("two lengths", post(b"/read", b"Content-Length: 5", b"Content-Length: 6", body=b"hello"), 400),
    Row("the same length twice", post(b"/read", b"Content-Length: 5", b"Content-Length: 5", body=b"hello"), 200),
    Row("two lengths in a list", post(b"/read", b"Content-Length: 5, 6", body=b"hello"), 400),
    Row("negative length", post(b"/read", b"Content-Length: -5", body=b"hello"), 400),
    Row("length with a plus", post(b"/read", b"Content-Length: +5", body=b"hello"), 400),
    Row("length in letters", post(b"/read", b"Content-Length: five", body=b"hello"), 400),
    Row("length in other digits", post(b"/read", b"Content-Length: \xd9\xa5", body=b"hello"), 400),
    Row("length of 30 digits", post(b"/read", b"Content-Length: " + b"9" * 30, body=b"hello"), 400),
    Row("more body than length", post(b"/read", b"Content-Length: 2", body=b"hello"), 200),
    Row("transfer coding identity", post(b"/read", b"Transfer-Encoding: identity", body=b"hello"), 501),
    Row("transfer coding gzip", post(b"/read", b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 501),
    Row("transfer coding twice", post(b"/read", *[b"Transfer-Encoding: chunked"] * 2, body=b"0\r\n\r\n"), 501),
    Row("transfer coding misspelt", post(b"/read", b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 501),
    Row("transfer coding with a tab", post(b"/read", b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), 400),
    Row("chunk size in letters", chunked(b"zz\r\nhello\r\n0\r\n\r\n"), 400),
    Row("chunk size negative", chunked(b"-5\r\nhello\r\n0\r\n\r\n"), 400),
    Row("chunk size with 0x", chunked(b"0x5\r\nhello\r\n0\r\n\r\n"), 400),
    Row("chunk size of 30 digits", chunked(b"f" * 30 + b"\r\nhello\r\n0\r\n\r\n"), 400),
    Row("chunk size empty", chunked(b"\r\nhello\r\n0\r\n\r\n"), 400),
    Row("chunk longer than its size", chunked(b"2\r\nhello\r\n0\r\n\r\n"), 400),
    Row("chunk ends in bare LF", chunked(b"5\nhello\n0\n\n"), None),
    Row("chunk extension without end", chunked(b"5;" + b"a" * 100_000), 431),
    Row("chunk trailer without end", chunked(b"0\r\n" + b"a: b\r\n" * 20_000), 431),
    Row("chunk trailer without colon", chunked(b"0\r\nlonely\r\n\r\n"), 400),
    Row("body that nobody reads", post(b"/", b"Content-Length: 1000000", body=bytes(500_000)), 200),
    Row("chunks that nobody reads", post(b"/", b"Transfer-Encoding: chunked", body=b"10000\r\n" + bytes(65536)), 200),
    Row("gone in the middle of a body", post(b"/read", b"Content-Length: 100", body=b"hello"), None, CLOSE),
    Row("reset in the middle of a body", post(b"/read", b"Content-Length: 100", body=b"hello"), None, RESET),
    Row("half-closed in the middle of a body", post(b"/read", b"Content-Length: 100", body=b"hello"), 400, HALF),
    Row("gone in the middle of a chunk", chunked(b"ffff\r\nhello"), None, CLOSE),
    Row("waits for 100 and leaves", post(b"/read", b"Content-Length: 5", b"Expect: 100-continue"), 100),
    Row("no body at all for a POST", post(b"/read"), 200),
]

SIZES = [
    Row("head of 40 KiB in one piece", get(b"/", b"A: " + b"a" * 40_000), 431),
    Row("head of 200 KiB", get(b"/", b"A: " + b"a" * 200_000), 431),
    Row("header of 200 KiB without end", get(b"/", b"A: " + b"a" * 200_000)[:-4], 431),
    Row("10,000 headers", get(b"/", *[b"A: b"] * 10_000), 431),
    Row("path of 40 KiB", get(b"/" + b"a" * 40_000), 431),
    Row("request line without end", b"GET /" + b"a" * 100_000, 431),
    Row("blank lines", b"\r\n" * 5000, 400),
]

OTHER_LANGUAGES = [
    Row("TLS", CLIENT_HELLO, 400),
    Row("TLS and gone", CLIENT_HELLO, None, RESET),
    Row("SSH", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400),
    Row("SMTP", b"EHLO mail.example\r\n\r\n", 400),
    Row("SOCKS", b"\x05\x01\x00" + bytes(40), 400),
    Row("RDP cookie", b"\x03\x00\x00\x2a\x25\xe0Cookie: mstshash=x\r\n\r\n", 400),
    Row("PROXY protocol", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + get(), 400),
    Row("high bytes", bytes(range(128, 256)) * 20 + b"\r\n\r\n", 400),
]

LEAVING = [
    Row("says nothing", b"", None),
    Row("says nothing, reset", b"", None, RESET),
    Row("half a line", b"GE", None),
    Row("header without end", get()[:-2], None),
    Row("header without end, half-closed", get()[:-2], 400, HALF),
    Row("reset after a request", get(), None, RESET),
    Row("gone after a request", get(), None, CLOSE),
    Row("half-closed after a request", get(), 200, HALF),
    Row("five pipelined, gone", get() * 5, None, CLOSE),
    Row("five pipelined, reset", get() * 5, None, RESET),
    Row("five pipelined, first read", get() * 5, 200, RESET),
    Row("five hundred pipelined, gone", get() * 500, None, RESET),
    Row("pipelined junk", get() + b"\x00junk\r\n\r\n", 200),
    Row("pipelined behind an upload", post(b"/read", b"Content-Length: 5", body=b"hello") + get() * 5, None, RESET),
    Row("live stream, gone", get(b"/events"), 200, CLOSE),
    Row("live stream, reset", get(b"/events"), 200, RESET),
    Row("live stream, half-closed", get(b"/events"), 200, HALF),
    Row("live stream, reset before its head", get(b"/events"), None, RESET),
    Row("pipelined behind a live stream", get(b"/beats") + get() * 5, 200, RESET),
    Row("pipelined behind a live stream, half-closed", get(b"/beats") + get() * 5, 200, HALF),
    Row("large answer, gone", get(b"/huge"), 200, CLOSE),
    Row("large answer, reset", get(b"/huge"), 200, RESET),
    Row("large answer, pipelined", get(b"/huge") * 3, 200, RESET),
    Row("endless answer, gone", get(b"/endless"), 200, CLOSE),
    Row("endless answer, reset", get(b"/endless"), 200, RESET),
    Row("endless answer, half-closed", get(b"/endless"), 200, HALF),
    Row("app sleeps, gone", get(b"/sleeps"), 200, CLOSE),
    Row("app breaks off", get(b"/breaks-off"), 200),
    Row("app fails", get(b"/fails"), 500),
    Row("app fails, gone", get(b"/fails"), None, RESET),
]

CLEARTEXT = WEBSOCKETS + UPGRADES + NAMES_AND_VALUES + TARGETS + BODIES + SIZES + OTHER_LANGUAGES + LEAVING

# In the middle of the TLS handshake there are no answers to wait for.
TLS_JUNK = [
    Row("HTTP on the TLS port", get(), None),
    Row("HTTP on the TLS port, reset", get(), None, RESET),
    Row("says nothing to TLS", b"", None),
    Row("half a hello", CLIENT_HELLO[:20], None),
    Row("a bad hello", CLIENT_HELLO, None),
    Row("a bad hello, half-closed", CLIENT_HELLO, None, HALF),
    Row("high bytes to TLS", bytes(range(128, 256)) * 20, None),
]


@dataclass(frozen=True)
class Frames:
    """One connection over HTTP/2: frames after the preface. *serious* says that the server must end the connection."""

    name: str
    sends: bytes
    serious: bool = False


def head(*fields: tuple[bytes, bytes], path: bytes | None = b"/", method: bytes = b"GET") -> list[tuple[bytes, bytes]]:
    pseudo = [(b":method", method), (b":scheme", b"https"), (b":authority", b"x")]
    return [*pseudo, *([(b":path", path)] if path is not None else []), *fields]


def headers(fields: list[tuple[bytes, bytes]], stream: int = 1, *, end: bool = True) -> bytes:
    # A fresh encoder without Huffman: what is malformed stays as it is written here.
    block = Encoder().encode(fields, huffman=False)
    return HeadersFrame(stream, block, flags=["END_HEADERS", *(["END_STREAM"] if end else [])]).serialize()


def raw(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def repeating_head(times: int) -> bytes:
    """A header of 4 KiB, and then as many references of one byte to it."""
    return raw(1, 0x5, 1, Encoder().encode(head((b"a", b"b" * 4000))) + b"\xbe" * times)


def data(stream: int, body: bytes, *, end: bool = False) -> bytes:
    return DataFrame(stream, body, flags=["END_STREAM"] if end else []).serialize()


def reset(stream: int) -> bytes:
    return RstStreamFrame(stream, error_code=8).serialize()


def settings(**values: int) -> bytes:
    numbers = {"window": SettingsFrame.INITIAL_WINDOW_SIZE, "frame": SettingsFrame.MAX_FRAME_SIZE}
    return SettingsFrame(0, {numbers[name]: value for name, value in values.items()}).serialize()


ODD = range(1, 2000, 2)

HTTP2 = [
    Frames("plain", headers(head())),
    Frames("path not ASCII", headers(head(path=b"/\xc3\xa4"))),
    Frames("path with a NUL", headers(head(path=b"/\x00")), serious=True),
    Frames("path without slash", headers(head(path=b"index.html"))),
    Frames("path absolute", headers(head(path=b"http://x/"))),
    Frames("path empty", headers(head(path=b"")), serious=True),
    Frames("path missing", headers(head(path=None)), serious=True),
    Frames("path twice", headers([*head(), (b":path", b"/")]), serious=True),
    Frames("method not ASCII", headers(head(method=b"G\xcbT"))),
    Frames("method empty", headers(head(method=b""))),
    Frames("CONNECT", headers([(b":method", b"CONNECT"), (b":authority", b"x:443")])),
    Frames(
        "CONNECT with body", headers([(b":method", b"CONNECT"), (b":authority", b"x:443")], end=False) + data(1, b"x")
    ),
    Frames("CONNECT for a websocket", headers(head((b":protocol", b"websocket"), method=b"CONNECT"), end=False)),
    Frames("no authority", headers([(b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/")]), serious=True),
    Frames("upper-case header", headers(head((b"Accept", b"x"))), serious=True),
    Frames("connection header", headers(head((b"connection", b"close"))), serious=True),
    Frames("unknown pseudo-header", headers(head((b":frob", b"x"))), serious=True),
    Frames(
        "length that does not fit", headers(head((b"content-length", b"5")), end=False) + data(1, b"x", end=True), True
    ),
    Frames("length in letters", headers(head((b"content-length", b"five"))), serious=True),
    Frames("header value not ASCII", headers(head((b"cookie", b"\xff=\xfe")))),
    Frames("large head", headers(head(*[(b"a%d" % n, b"b" * 400) for n in range(30)]))),
    Frames("head of 20 KiB", repeating_head(4)),
    Frames("head of 40 KiB", repeating_head(9), serious=True),
    Frames("header bomb", repeating_head(12_000), serious=True),
    Frames("header block of junk", raw(1, 0x5, 1, b"\xff" * 50), serious=True),
    Frames("HEADERS on stream 0", raw(1, 0x5, 0, b"\x82\x84"), serious=True),
    Frames("HEADERS on an even stream", headers(head(), stream=2), serious=True),
    Frames("stream numbers going down", headers(head(), 5) + headers(head(), 3), serious=True),
    Frames("CONTINUATION alone", ContinuationFrame(1, b"\x82").serialize(), serious=True),
    Frames("CONTINUATION flood", raw(1, 0, 1, b"\x82") + raw(9, 0, 1, b"") * 200, serious=True),
    Frames("DATA on stream 0", raw(0, 0, 0, b"x"), serious=True),
    Frames("DATA on an idle stream", data(7, b"x"), serious=True),
    Frames("DATA after the end", headers(head()) + data(1, b"x")),
    Frames("DATA after an early answer", headers(head(path=b"/"), end=False) + data(1, bytes(1000)) * 50),
    Frames("body that nobody reads", headers(head(path=b"/events"), end=False) + data(1, bytes(1000)) * 8),
    Frames("frame of 1 MiB", b"\x10\x00\x00" + raw(0, 0, 1, b"")[3:] + bytes(20_000), serious=True),
    Frames("SETTINGS of 5 bytes", raw(4, 0, 0, bytes(5)), serious=True),
    Frames("SETTINGS with a stream", raw(4, 0, 3, bytes(6)), serious=True),
    Frames("SETTINGS with a bad window", raw(4, 0, 0, b"\x00\x04\xff\xff\xff\xff"), serious=True),
    Frames("SETTINGS flood", settings(window=1000) * 2000),
    Frames("PING flood", PingFrame(0, bytes(8)).serialize() * 2000),
    Frames("PING of 3 bytes", raw(6, 0, 0, bytes(3)), serious=True),
    Frames("WINDOW_UPDATE of 0", WindowUpdateFrame(0, window_increment=1).serialize()[:-1] + b"\x00", serious=True),
    Frames("WINDOW_UPDATE too large", raw(8, 0, 0, b"\x7f\xff\xff\xff") * 2, serious=True),
    Frames("WINDOW_UPDATE of an idle stream", raw(8, 0, 9, b"\x00\x00\x00\x01"), serious=True),
    Frames("RST_STREAM of an idle stream", reset(9), serious=True),
    Frames("RST_STREAM twice", headers(head(path=b"/events")) + reset(1) * 2),
    Frames("PRIORITY of itself", PriorityFrame(1, depends_on=1, stream_weight=1).serialize(), serious=True),
    Frames("PRIORITY flood", b"".join(PriorityFrame(n, stream_weight=1).serialize() for n in range(1, 3000, 2)), True),
    Frames("PUSH_PROMISE from a client", raw(5, 0x4, 1, b"\x00\x00\x00\x02\x82"), serious=True),
    Frames("unknown frame", raw(0xBE, 0xFF, 1, b"x" * 50)),
    Frames("GOAWAY", GoAwayFrame(0, last_stream_id=0, error_code=0).serialize(), serious=True),
    Frames("closed window, large answer", settings(window=0) + headers(head(path=b"/huge"))),
    Frames("small window, large answer", settings(window=10) + headers(head(path=b"/huge"))),
    Frames("90 live streams", b"".join(headers(head(path=b"/events"), n) for n in ODD[:90])),
    Frames("90 large answers", settings(window=0) + b"".join(headers(head(path=b"/huge"), n) for n in ODD[:90])),
    Frames("150 live streams", b"".join(headers(head(path=b"/events"), n) for n in ODD[:150]), serious=True),
    Frames("opened and reset, 900 times", b"".join(headers(head(path=b"/events"), n) + reset(n) for n in ODD[:900])),
    Frames("reset while writing", headers(head(path=b"/huge")) + reset(1)),
    Frames("endless answer", headers(head(path=b"/endless"))),
    Frames("endless answer, reset", headers(head(path=b"/endless")) + reset(1)),
    Frames("app breaks off", headers(head(path=b"/breaks-off"))),
    Frames("app fails", headers(head(path=b"/fails"))),
    Frames("HTTP/1 in the middle", get(), serious=True),
]


def frames_in(buffer: bytearray) -> list[Frame]:
    """Take the whole frames off the front of *buffer*."""
    frames = []
    while len(buffer) >= 9:
        frame, length = Frame.parse_frame_header(memoryview(bytes(buffer[:9])))
        if len(buffer) < 9 + length:
            break
        frame.parse_body(memoryview(bytes(buffer[9 : 9 + length])))
        del buffer[: 9 + length]
        frames.append(frame)
    return frames
