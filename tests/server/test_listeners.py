"""Where a server can listen, what it leaves behind, and the one sentence for a place where it cannot."""

from __future__ import annotations

import os
import socket
import stat

import pytest
import trio

from convore_lite.server import current_stream, listeners, serve
from convore_lite.words.errors import SetupError

from . import apps
from .hostile import get
from .peers import SOON, ask, in_use

ONCE = get(b"/", b"Connection: close")


@pytest.fixture
def short_path(tmp_path, monkeypatch):
    """A path for a unix socket; their names may have 107 bytes, which temporary folders can exceed."""
    monkeypatch.chdir(tmp_path)
    return "web.sock"


async def refusal(*binds, **options) -> str:
    """The sentence with which `serve` refuses *binds*; nothing of it is open afterwards."""
    before = in_use()
    with pytest.raises(SetupError) as refused:
        await serve(apps.app, binds=binds, stop=trio.Event(), **options)
    assert in_use() == before
    return refused.value.sentence


async def answers(stream) -> bool:
    async with stream:
        return (await ask(stream, ONCE)).endswith(b"hello")


async def test_port_0_is_a_free_port(start):
    first, second = await start(), await start()
    assert first.listening.addresses == (f"http://127.0.0.1:{first.port}/",)
    assert first.port != second.port
    assert await first.greets()
    assert await second.greets()


async def test_ipv6(start):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = await start(binds=("[::1]:0",))
    assert server.listening.addresses == (f"http://[::1]:{server.port}/",)
    assert await answers(await trio.open_tcp_stream("::1", server.port))


async def test_every_address_of_a_name(start):
    server = await start(binds=("localhost:0",))
    for address in server.listening.addresses:
        host, _, port = address.removeprefix("http://").rstrip("/").rpartition(":")
        assert await answers(await trio.open_tcp_stream(host.strip("[]"), int(port)))


async def test_all_interfaces(start):
    server = await start(binds=(":0",))
    assert any("0.0.0.0" in address for address in server.listening.addresses)


async def test_several_binds_of_one_server(start, short_path):
    server = await start(binds=("127.0.0.1:0", f"unix:{short_path}", "127.0.0.1:0"))
    first, second, third = server.listening.addresses
    assert second == f"unix:{short_path}"
    assert first != third
    assert await answers(await trio.open_unix_socket(short_path))


async def test_tls_for_tcp_and_none_for_unix(start, short_path, certificate):
    server = await start(binds=("127.0.0.1:0", f"unix:{short_path}"), tls=certificate)
    assert server.listening.addresses == (f"https://127.0.0.1:{server.port}/", f"unix:{short_path}")
    assert await server.greets()
    assert await answers(await trio.open_unix_socket(short_path))


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
async def test_a_unix_socket_has_the_mode_that_was_asked_for(start, short_path, mode):
    before = os.umask(0o077)
    try:
        await start(binds=(f"unix:{short_path}",), unix_mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(short_path).st_mode) == mode


async def test_a_unix_socket_is_for_owner_and_group(start, short_path):
    await start(binds=(f"unix:{short_path}",))
    assert stat.S_IMODE(os.stat(short_path).st_mode) == 0o660


async def test_a_unix_socket_is_removed_at_the_end(start, short_path):
    server = await start(binds=(f"unix:{short_path}",))
    assert await trio.Path(short_path).exists()
    server.stop.set()
    with trio.fail_after(SOON):
        await server.ended.wait()
    assert not await trio.Path(short_path).exists()


async def test_a_name_that_somebody_else_has_taken_since_is_not_removed(start, short_path):
    server = await start(binds=(f"unix:{short_path}",))
    os.rename(short_path, "moved.sock")
    other = await start(binds=(f"unix:{short_path}",))
    server.stop.set()
    with trio.fail_after(SOON):
        await server.ended.wait()
    assert await answers(await trio.open_unix_socket(short_path))
    other.stop.set()


async def test_a_socket_that_a_killed_server_left_is_replaced(start, short_path):
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(short_path)
        killed.listen()
    assert await trio.Path(short_path).exists()
    await start(binds=(f"unix:{short_path}",))
    assert await answers(await trio.open_unix_socket(short_path))


async def test_a_socket_on_which_somebody_listens_stays(start, short_path):
    await start(binds=(f"unix:{short_path}",))
    assert await refusal(f"unix:{short_path}") == f"unix:{short_path} is already in use by a running server."
    assert await answers(await trio.open_unix_socket(short_path))


async def test_a_running_server_with_a_full_queue_is_not_taken_for_dead(short_path):
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(short_path)
        busy.listen(0)
        waiting.connect(short_path)
        assert "already in use" in await refusal(f"unix:{short_path}")


async def test_a_file_is_not_overwritten(short_path):
    file = trio.Path(short_path)
    await file.write_text("precious")
    assert "not a socket" in await refusal(f"unix:{short_path}")
    assert await file.read_text() == "precious"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
async def test_an_inherited_socket(start, short_path, family):
    inherited = socket.socket(family)
    inherited.bind(("127.0.0.1", 0) if family == socket.AF_INET else short_path)
    inherited.listen()
    name = inherited.getsockname()
    number = inherited.detach()
    server = await start(binds=(f"fd://{number}",))
    if family == socket.AF_INET:
        assert server.listening.addresses == (f"http://127.0.0.1:{name[1]}/",)
        assert await server.greets()
    else:
        assert server.listening.addresses == (f"unix:{short_path}",)
        assert await answers(await trio.open_unix_socket(short_path))
    server.stop.set()
    with trio.fail_after(SOON):
        await server.ended.wait()
    # The name belongs to whoever made the socket, the descriptor was ours.
    assert await trio.Path(short_path).exists() == (family == socket.AF_UNIX)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


async def test_inherited_things_that_are_no_listening_sockets():
    no_socket, other_end = os.pipe()
    with socket.socket() as idle, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        assert "not a listening" in await refusal(f"fd://{idle.fileno()}")
        assert "not a listening" in await refusal(f"fd://{datagrams.fileno()}")
        assert "not an open socket" in await refusal(f"fd://{no_socket}")
        assert "not an open socket" in await refusal("fd://999999")
        # They are still open: they were not ours to close.
        for number in (idle.fileno(), datagrams.fileno(), no_socket):
            os.fstat(number)
    os.close(no_socket)
    os.close(other_end)


async def test_a_taken_port(start):
    server = await start()
    bind = f"127.0.0.1:{server.port}"
    assert await refusal(bind) == f"{bind} is already in use by another program."
    # The first of two is given back when the second cannot be had.
    assert "already in use" in await refusal("127.0.0.1:0", bind)
    assert await server.greets()


@pytest.mark.parametrize(
    ("bind", "part"),
    [
        ("", "not an address"),
        ("8470", "not an address"),
        ("localhost", "not an address"),
        ("localhost:", "not an address"),
        ("localhost:http", "not an address"),
        ("localhost:-1", "not an address"),
        ("localhost:٨٠", "not an address"),
        ("::1:8470", "not an address"),
        ("[::1]", "not an address"),
        ("localhost:70000", "at most 65535"),
        ("host.invalid:0", "no such host"),
        ("a..b:0", "no such host"),
        ("203.0.113.7:0", "does not have that address"),
        ("fd://x", "number of an open socket"),
        ("unix:", "unix:"),
        ("unix:no/such/folder/web.sock", "No such file or directory"),
        ("unix:" + "long" * 50, "too long"),
    ],
)
async def test_binds_that_cannot_be_had(bind, part, short_path):
    sentence = await refusal(bind)
    assert part in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


async def test_no_bind_at_all():
    assert await refusal() == "There is no address to listen on."


async def test_certificates_that_cannot_be_used(certificate, tmp_path):
    cert, key = certificate
    assert "cannot be read" in await refusal("127.0.0.1:0", tls=(tmp_path / "none.pem", key))
    assert "do not fit together" in await refusal("127.0.0.1:0", tls=(key, cert))


async def test_the_sentence_arrives_alone_where_the_server_is_started_in_a_nursery():
    async def start():
        async with trio.open_nursery() as nursery:
            try:
                await nursery.start(run)
            except SetupError as error:
                return error.sentence

    async def run(task_status):
        await serve(apps.app, binds=["nowhere"], stop=trio.Event(), task_status=task_status)

    assert "not an address" in await start()


async def test_a_dead_peer_is_noticed_by_the_kernel(start):
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("only Linux can tell")
    seen = {}

    async def app(scope, receive, send):
        peer = current_stream.get()
        seen["user timeout"] = peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        seen["keep alive"] = peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        await apps.answer(send, b"hello")

    server = await start(app)
    assert await server.greets()
    assert seen == {"user timeout": listeners.UNACKNOWLEDGED * 1000, "keep alive": 1}
