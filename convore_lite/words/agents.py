"""What a browser says of itself, in words that its owner knows: "Firefox on Linux"."""

from __future__ import annotations

# In this order: nearly every browser also names those that it once had to pass for.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
# Enough of the name of a program that is none of these.
LONGEST = 40


def device(agent: str) -> str:
    """The browser and system of a User-Agent header. It may say anything: this is for recognising one's own devices only."""
    browser = _first(BROWSERS, agent)
    system = _first(SYSTEMS, agent)
    if browser and system:
        return f"{browser} on {system}"
    program = "".join(character for character in agent.partition("/")[0] if character.isprintable()).strip()
    return browser or system or program[:LONGEST] or "Unknown device"


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in known if mark in agent), "")
