"""How often something may be done: every limit, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """*burst* tries at once, then one every *every* seconds. Tries are counted apart for each *name*.

    They are counted for each person, or with *by_address*, which is for what one does without an account, for each network address.
    """

    name: str
    burst: int
    every: float
    by_address: bool = False


# Messages of one person. Nobody types faster for long; who pastes a few lines one by one still can.
POSTS = Rate("posts", burst=5, every=0.5)
# What one is writing, as it is kept while one writes: a tab saves every two seconds at most, and a few may write at once.
DRAFTS = Rate("drafts", burst=20, every=0.5)
# Everything else that changes something, of one person: quick clicks on ten things, not a program that runs wild.
CHANGES = Rate("changes", burst=30, every=0.2)
# Pages and reads of one person, or of one address where nobody is signed in: a page in each of a hundred tabs, all at once.
READS = Rate("reads", burst=240, every=0.05)
# Live streams of one session or token. A browser keeps one, and opens it anew when its page changes and after sleep.
STREAMS = Rate("streams", burst=20, every=6)
# Guesses at one account from one address: five typing mistakes, then three a minute, which is hopeless against ten characters.
# The address is part of the key, so that nobody can lock somebody else out of their account.
GUESSES = Rate("guesses", burst=5, every=20, by_address=True)
# Sign-ins from one address, at whichever accounts: a whole office behind one router on Monday morning.
SIGN_INS = Rate("sign-ins", burst=60, every=2, by_address=True)
# New accounts from one address, by invitation, one-time link or sign-up: a class that comes in together, thirty in ten minutes.
# Never by person: each new account would be a new one.
ACCOUNTS = Rate("accounts", burst=30, every=20, by_address=True)
# Links of one person that get a preview: each is a request to somewhere. More are links all the same.
LINKS = Rate("links", burst=10, every=6)
# Pictures of one person. Each is decoded and written anew, which is the dearest thing that a request can ask for.
UPLOADS = Rate("uploads", burst=10, every=360)
# Files of one person: an evening's photographs, not a program that runs wild. A picture is decoded and made small, which is dear.
FILES = Rate("files", burst=60, every=2)
# What one person sends in files, in thousands of bytes: half a gigabyte at once, and then as much in an hour.
UPLOADED_KILOBYTES = Rate("file-kilobytes", burst=500_000, every=0.0072)
# Looks at files, of one person: a page full of pictures, each of which is asked for by itself.
FILE_READS = Rate("file-reads", burst=600, every=0.02)
