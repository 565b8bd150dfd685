"""Texts from outside that were written to break things, and a few of our own in the same manner."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

CORPORA = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora"

OUR_OWN = [
    "",
    "\0",
    "\r",
    "\x1b[31mred\x1b[0m",
    "\u202eright to left",
    "\u2028\u2029\x85\x0b\x0c",
    "\ufeff\ufffe\uffff\U0010ffff",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</div></p></blockquote></code></pre></a>",
    "<!-- --><![CDATA[ ]]><?php ?><!DOCTYPE html>",
    "<svg/onload=alert(1)><math><mtext></mtext></math>",
    "[a](javascript:alert(1)) [a](JaVaScRiPt:alert(1)) [a](java\tscript:alert(1)) <javascript:alert(1)>",
    "[a](&#106;avascript:alert(1)) [a](\\javascript:alert(1)) [a](data:text/html;base64,PHN2Zz4=) [a](//evil.example)",
    '[a](http://x.y/"onmouseover="alert(1)) ![a"onerror="alert(1)](http://x.y/z.png) http://x.y/"><script>',
    "http://x.y/'onclick='alert(1) http://x.y/`<b> http://x.y/&quot;onclick=",
    '```"onmouseover=alert(1)\n</code></pre><script>alert(1)</script>\n```',
    "```py\n</code></pre><script>alert('</span>')</script>\n```",
    "`</code><script>`",
    ":thumbsup:<b>:+1:",
    "> - 1. ```\n> - 1. </blockquote>\n",
    "https://chat.example/\\evil.example/x/ https://chat.example//evil.example/x/ https://chat.example/<b>/x/",
    "&lt;script&gt; &#60;script&#62; &amp;lt;",
    "[![a](http://x.y/z.png)](http://x.y) [[a](http://x.y)](http://x.y) [<http://x.y>](http://x.y)",
    "**a *b** c* ~~d **e~~ f** [g **h](http://x.y) i**",
    "||a <script>|| ||[b](http://x.y)|| [||c||](http://x.y) ||`||`|| ||:+1:|| ||http://x.y/||</label></span>||",
    '|<b>|"|\n|-|:-:|\n|</td></tr></table>|||x|||\n|`|`|[a|b](http://x.y)|',
    "- [ ] <input type=text>\n- [x] </li></ul>\n- [X] [ ] a\n  - [ ] b\n\n    c",
    "http://[ http://[::1]:80/ http://[::g]/ http://xn--a/ http://%/ http://a:b@c/ http://\u00ad/ http://a\u3002b/",
]


def find(name: str) -> Path:
    path = CORPORA / name
    if not path.exists():
        pytest.skip("the shared corpora are not beside this checkout")
    return path


def naughty() -> list[str]:
    """The Big List of Naughty Strings."""
    return [
        base64.b64decode(text).decode("utf-8", "replace")
        for text in json.loads(find("naughty/blns.base64.json").read_text("utf-8"))
    ]


def dompurify() -> list[str]:
    return [case["payload"] for case in json.loads(find("xss/dompurify-payloads.json").read_text("utf-8"))]


def fixtures(name: str) -> list[str]:
    """The inputs of a fixture file of markdown-it: between the first and the second line that is a dot."""
    parts = re.split(r"^\.\n", find(name).read_text("utf-8"), flags=re.MULTILINE)
    return parts[1::3]


def commonmark() -> list[str]:
    """The inputs of all examples of the CommonMark specification."""
    fence = "`" * 32
    source = find("markdown/commonmark-spec.txt").read_text("utf-8")
    examples = re.findall(rf"^{fence} example\n(.*?)^\.\n", source, re.MULTILINE | re.DOTALL)
    return [example.replace("→", "\t") for example in examples]
