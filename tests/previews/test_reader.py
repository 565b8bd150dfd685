"""Pages are read for what they say of themselves, however they are written; and what cannot be read in time is given up."""

from __future__ import annotations

import sys

import pytest
import trio

from convore_lite import page_reader
from convore_lite.page_reader import Page, PageReader, Unreadable
from convore_lite.page_reader.worker import MOST_DESCRIPTION, MOST_TITLE, read_page

URL = "https://www.example.org/a/page"


def read(body: str | bytes, charset: str = "", url: str = URL) -> Page:
    return read_page(body if isinstance(body, bytes) else body.encode(), url, charset)


def test_what_a_page_says_of_itself() -> None:
    assert read(
        """<!doctype html><html><head><title>Plain</title><meta name="description" content="plain">
        <meta property="og:title" content="Open &amp; shut"><meta property="og:description" content="d">
        <meta property="og:site_name" content="Example"><meta property="og:image" content="../p.png"></head>"""
    ) == Page("Open & shut", "d", "Example", "https://www.example.org/p.png")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<title> A\n  title </title>", Page("A title", "", "example.org", "")),
        ("<TITLE>A</TITLE><META NAME=Description CONTENT='d'>", Page("A", "d", "example.org", "")),
        ('<meta name="twitter:title" content="T"><title>A</title>', Page("T", "", "example.org", "")),
        ('<meta name="og:title" content="by name"><title>A</title>', Page("by name", "", "example.org", "")),
        ('<meta property="og:title" content=" "><title>A</title>', Page("A", "", "example.org", "")),
        ("<title>A</title><title>B</title>", Page("A", "", "example.org", "")),
        ("<body><title>A</title>", Page("", "", "example.org", "")),
        ("no page at all", Page("", "", "example.org", "")),
        ("", Page("", "", "example.org", "")),
        (
            '<base href="https://cdn.example/x/"><meta name="twitter:image" content="i.png">',
            "https://cdn.example/x/i.png",
        ),
        ('<meta property="og:image" content="//cdn.example/i.png">', "https://cdn.example/i.png"),
        ('<meta property="og:image" content="data:image/png;base64,AAAA">', ""),
        ('<meta property="og:image" content="javascript:alert(1)">', ""),
        ('<meta property="og:image" content="file:///etc/passwd">', ""),
        ('<meta property="og:image" content="http://[::1/">', ""),
    ],
)
def test_pages(body: str, expected: Page | str) -> None:
    assert (read(body) if isinstance(expected, Page) else read(body).image_url) == expected


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<title>Grüße, 世界</title>".encode(), ""),
        ("<title>Grüße, 世界</title>".encode(), "utf-8"),
        (b"\xef\xbb\xbf" + "<title>Grüße, 世界</title>".encode(), "shift_jis"),
        ("\ufeff<title>Grüße, 世界</title>".encode("utf-16-le"), ""),
        ("<title>Grüße, 世界</title>".encode("gb18030"), "gb18030"),
        ("<meta charset=gb18030><title>Grüße, 世界</title>".encode("gb18030"), ""),
        (
            '<meta http-equiv="content-type" content="text/html; charset=gb18030"><title>Grüße, 世界</title>'.encode(
                "gb18030"
            ),
            "no-such-charset",
        ),
        # What is a codec to Python, and no way to write a text.
        ("<title>Grüße, 世界</title>".encode(), "zlib"),
        ("<title>Grüße, 世界</title>".encode(), "rot13"),
    ],
)
def test_however_it_is_written(body: bytes, charset: str) -> None:
    assert read(body, charset).title == "Grüße, 世界"


def test_what_is_written_in_latin() -> None:
    page = "<title>Grüße “quoted” €</title>".encode("cp1252")
    for charset in ("iso-8859-1", "latin1", "windows-1252", "us-ascii", ""):
        assert read(page, charset).title == "Grüße “quoted” €"
    # Cut in the middle of a character, UTF-8 stays UTF-8.
    assert read("<title>世界</title><p>世".encode()[:-1]).title == "世界"


def test_what_a_wrong_charset_makes_of_it_is_still_a_text() -> None:
    assert read("<title>世界</title>".encode("gb18030"), "utf-8").title.count("\ufffd") >= 1


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("x" * 100_000, "x" * (MOST_TITLE - 1) + "…"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2066a\u2069\u200e\u200f\u061c\ufeff\u00adb", "ab"),
        ("a\x00b\x1b[31mc\x7f\x85d\u2028e", "ab[31mc d e"),
        ("שלום עולם", "שלום עולם"),
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("\u202e" * 1000 + "late", "late"),
    ],
)
def test_titles_are_one_short_line(written: str, shown: str) -> None:
    assert read(f"<title>{written}</title>").title == shown


def test_a_title_has_no_elements() -> None:
    """By the standard they are text; older Pythons leave them out."""
    assert read("<title><b>bold</b></title>").title in ("<b>bold</b>", "bold")


def test_descriptions_and_sites_are_short_too() -> None:
    page = read(f'<meta name=description content="{"d " * 5000}"><meta property=og:site_name content="{"s" * 5000}">')
    assert len(page.description) <= MOST_DESCRIPTION
    assert len(page.site) == 60
    assert len(read("", url=f"https://{'a' * 200}.example/").site) == 60


async def test_in_a_process_of_its_own() -> None:
    page = await PageReader().read("<title>Grüße</title>".encode(), url=URL, charset="utf-8")
    assert page == Page("Grüße", "", "example.org", "")


# What is known to take Python's parser long: the first of these takes it seconds, wherever it runs.
HOSTILE = [
    b"<!--" * 65536,
    b"<a " * 80_000,
    b"<!" * 130_000,
    b"<![CDATA[" * 29_000,
    b"</" * 131_072,
    b"<a" + b"='" * 130_000,
]


async def test_hostile_pages_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read or given up, all of them at once, while this thread goes on with what it does."""
    monkeypatch.setattr(page_reader, "SECONDS", 1.5)
    ended: list[str] = []

    async def one(body: bytes) -> None:
        try:
            await PageReader().read(body, url=URL, charset="")
            ended.append("read")
        except Unreadable:
            ended.append("given up")

    steps = 0
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            for body in HOSTILE:
                nursery.start_soon(one, body)
            while len(ended) < len(HOSTILE):
                await trio.sleep(0.01)
                steps += 1
    assert len(ended) == len(HOSTILE)
    assert steps > 20


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("while True: pass", "too long"),
        ("import time; time.sleep(100)", "too long"),
        ("import os; os.kill(os.getpid(), 9)", "CalledProcessError"),
        ("raise SystemExit(3)", "CalledProcessError"),
        ("print('no json')", "JSONDecodeError"),
        ("print('[1]')", "TypeError"),
    ],
)
async def test_a_worker_that_fails_is_replaced(monkeypatch: pytest.MonkeyPatch, program: str, why: str) -> None:
    if why == "too long":
        monkeypatch.setattr(page_reader, "SECONDS", 0.5)
    with pytest.raises(Unreadable, match=why):
        await PageReader([sys.executable, "-I", "-S", "-c", program]).read(b"x", url=URL, charset="")
    monkeypatch.undo()
    assert (await PageReader().read(b"<title>Next</title>", url=URL, charset="")).title == "Next"


async def test_the_worker_has_limits() -> None:
    """Of its own, should the one who started it be gone: on the processor's time and on memory."""
    program = f"""
import runpy, sys, io, resource
sys.stdin = io.TextIOWrapper(io.BytesIO(b'["http://example.org/", ""]\\n<title>x</title>'))
sys.stdout = io.StringIO()
runpy.run_path({str(page_reader.WORKER)!r}, run_name="__main__")
limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]
sys.__stdout__.write(repr(limits))
"""
    done = await trio.run_process([sys.executable, "-I", "-S", "-c", program], capture_stdout=True)
    cpu, memory, file_size = eval(done.stdout)
    assert (cpu, file_size) == (2, 0)
    assert sys.platform != "linux" or memory == 512 * 1024 * 1024


async def test_nothing_of_the_environment_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVORE_DATA", "secret")
    program = "import os, json; print(json.dumps([str(sorted(os.environ)), '', '', '']))"
    page = await PageReader([sys.executable, "-I", "-S", "-c", program]).read(b"", url=URL, charset="")
    assert "CONVORE" not in page.title
