"""One index in one folder, and the one wrapper around every call of Tantivy's.

Rule: nothing of Tantivy's is called but inside `guarded`. What goes wrong in there comes out as one exception, IndexTrouble, also a
panic: PyO3 raises PanicException for one, which is no Exception and would else take the whole process with it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tantivy

from ..words.search.documents import Change, Scope
from ..words.search.query import Clause, Either, Query, Sort
from . import fields, manifest
from .lexicon import Lexicon
from .manifest import Manifest
from .questions import FEW, KNOWN, Mode, Questions, can_be_loosened
from .stemmer import Stemmer
from .wire import Found, Purpose, State

# Of Tantivy and of how it writes its files; its type stubs do not know of it.
VERSION: str = vars(tantivy)["__version__"]
# Bytes for what is not committed yet: the least that Tantivy takes, for memory is dear; and while an index is made, what lets it be
# made of few files, a third quicker than with the least. One thread each: the other core is busy with what it is given.
HEAP = 15_000_000
MAKING_HEAP = 64_000_000


class IndexTrouble(Exception):
    """A call of Tantivy's did not work. *kind* is the class of what it raised."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@contextmanager
def guarded() -> Iterator[None]:
    """Raises IndexTrouble for whatever goes wrong inside."""
    try:
        yield
    except IndexTrouble:
        raise
    except Exception as error:
        raise IndexTrouble(type(error).__name__) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise IndexTrouble("PanicException") from None


class Engine:
    """An open index. One thread may write while others search."""

    def __init__(self, folder: Path, purpose: Purpose, noted: Manifest) -> None:
        with guarded():
            self._schema = fields.schema()
            self._index = tantivy.Index(self._schema, path=str(folder))
            fields.register(self._index)
            # We say when: after each commit.
            self._index.config_reader(reload_policy="manual")
            self._index.reload()
        self.folder = folder
        self.noted = noted
        self._stemmer = Stemmer(purpose.languages)
        self._lexicon = Lexicon(self._stemmer)
        self._writer: tantivy.IndexWriter | None = None

    @classmethod
    def make(cls, folder: Path, purpose: Purpose, *, now: int) -> Engine:
        """A new, empty index. Raises IndexTrouble."""
        with guarded():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        return cls(folder, purpose, Manifest(made_for(purpose), now))

    @classmethod
    def open(cls, folder: Path, purpose: Purpose, *, verify: bool = True) -> Engine | None:
        """The index of a folder; None where there is none that is whole, made for that, and sound."""
        noted = manifest.read(folder)
        if noted is None or noted.made != made_for(purpose) or not noted.whole:
            return None
        if verify and noted.damage(folder):
            return None
        with suppress(IndexTrouble):
            return cls(folder, purpose, noted)
        return None

    def state(self) -> State:
        """Raises IndexTrouble."""
        with guarded():
            searcher = self._index.searcher()
            found = searcher.search(tantivy.Query.term_query(self._schema, "id", fields.MARKER), 1, count=False)
            addresses = [address for _, address in found.hits]
            event, newest = (searcher.fast_field_values(name, addresses) for name in ("at", "weight"))
            return State(self.noted.whole, int(event[0] or 0), int(newest[0] or 0)) if event else State(False)

    def add(self, change: Change) -> None:
        """Take things out and put others in; seen after the next commit. Raises IndexTrouble."""
        with self._writing() as writer:
            for field, numbers in (
                ("id", change.messages),
                ("id", [-topic for topic in change.topics]),
                ("topic", change.topics_whole),
                ("group", change.groups_whole),
                ("title_group", change.groups_whole),
            ):
                for number in numbers:
                    writer.delete_documents_by_term(field, number)
            for doc in change.docs:
                writer.add_document(fields.message(doc, self._lexicon, since=self.noted.since))
            for title in change.titles:
                writer.add_document(fields.title(title, self._lexicon, schema=self._schema))

    def finish(self, event: int, newest: int) -> None:
        """All is in it that there is: the last commit of an index that was made anew. Raises IndexTrouble."""
        self.commit(event, newest, whole=True)
        # Its threads stand back; those of whoever writes next will not. And what was learnt of words is no more worth its memory.
        self._give_up_writer()
        self._lexicon.clear()

    def commit(self, event: int, newest: int, *, whole: bool | None = None) -> None:
        """Make what was added last and be seen, together with how far it goes. Raises IndexTrouble."""
        with self._writing() as writer:
            writer.delete_documents_by_term("id", fields.MARKER)
            writer.add_document(fields.marker(event, newest, self._schema))
            writer.commit()
            self._index.reload()
            self._note(whole)

    def close(self) -> None:
        """Let merges come to their end, and note what they made."""
        with suppress(IndexTrouble), guarded():
            writer, self._writer = self._writer, None
            if writer is not None:
                writer.wait_merging_threads()
                self._note(None)

    def damage(self) -> str | None:
        """The name of a file that is not as it was written."""
        with guarded():
            return self.noted.damage(self.folder, at_rest=False)

    def search(self, clauses: Sequence[Clause], scope: Scope, sort: Sort, *, offset: int, limit: int) -> Found:
        """The best messages for some clauses, or the newest. Raises IndexTrouble."""
        with guarded():
            searcher = self._index.searcher()
            questions = self._questions(searcher, scope)
            offers = any(isinstance(clause, Either) for clause in clauses)
            by_time = sort == "newest" or not Query(list(clauses), []).has_words
            if offers and not by_time:
                questions.weigh(clauses)

            def page(mode: Mode, *, exact: bool = True) -> Any:
                return _page(searcher, questions.messages(clauses, mode, exact=exact), by_time, offset, limit)

            found = exact = page(Mode.EXACT)
            # Words that stand together in several messages are no mistakes; one of an OR may be.
            few = FEW if offers else KNOWN
            if _count(exact) < few and questions.is_doubtful(clauses):
                found = page(Mode.MISTAKES, exact=_count(exact) > 0)
            if not _count(found) and can_be_loosened(clauses):
                questions.weigh(clauses)
                found = page(Mode.MOST_WORDS, exact=False)
            return Found(
                _ids(searcher, found),
                _count(found),
                self.noted.whole,
                _count(found) > _count(exact),
                questions.stems_of(clauses),
                questions.doubtful if found is not exact else [],
                questions.unknown,
            )

    def count(self, clauses: Sequence[Clause], scope: Scope) -> Found:
        """How many messages meet some clauses as they were typed. Raises IndexTrouble."""
        with guarded():
            searcher = self._index.searcher()
            query = self._questions(searcher, scope).messages(clauses, Mode.EXACT)
            return Found([], _count(searcher.search(query, 1)), self.noted.whole)

    def names(self, text: str, groups: Sequence[int], *, limit: int) -> Found:
        """The topics of some groups whose name fits best. Raises IndexTrouble."""
        with guarded():
            searcher = self._index.searcher()
            questions = self._questions(searcher, Scope(list(groups)))
            found = searcher.search(questions.titles(text, mistakes=False), limit)
            if not _count(found):
                found = searcher.search(questions.titles(text, mistakes=True), limit)
            return Found([-topic for topic in _ids(searcher, found)], _count(found), self.noted.whole)

    def holds(self, messages: Sequence[int], newest: int) -> Found:
        """Those of some messages that are in the index, and how many it has up to the *newest*. Raises IndexTrouble."""
        with guarded():
            searcher = self._index.searcher()
            query = tantivy.Query.term_set_query(self._schema, "id", list(messages))
            ids = _ids(searcher, searcher.search(query, max(1, len(messages))))
            total = _count(searcher.search(self._all_messages(newest), 1))
            return Found(sorted(ids), total, self.noted.whole)

    def _questions(self, searcher: tantivy.Searcher, scope: Scope) -> Questions:
        def ask(query: tantivy.Query, limit: int) -> tuple[int, list[int]]:
            found = searcher.search(query, limit)
            return _count(found), _ids(searcher, found)

        return Questions(self._schema, self._stemmer, scope, ask)

    def _all_messages(self, newest: int) -> tantivy.Query:
        integer = tantivy.FieldType.Integer
        return tantivy.Query.range_query(self._schema, "id", integer, lower_bound=1, upper_bound=newest)

    def _note(self, whole: bool | None) -> None:
        if whole is not None:
            self.noted.whole = whole
        self.noted.note(self.folder)
        self.noted.write(self.folder)

    @contextmanager
    def _writing(self) -> Iterator[tantivy.IndexWriter]:
        """The writer. After any trouble it is given up, for Tantivy's is dead then, and the next call makes another one."""
        try:
            with guarded():
                if self._writer is None:
                    self._writer = self._index.writer(HEAP if self.noted.whole else MAKING_HEAP, 1)
                yield self._writer
        except IndexTrouble:
            self._give_up_writer()
            raise

    def _give_up_writer(self) -> None:
        """Whoever writes next makes another one, with threads of its own."""
        writer, self._writer = self._writer, None
        if writer is not None:
            # The second lets go of the folder's lock. To be collected with the object may take a while: a newer Python keeps the
            # frames of what went wrong, and so the writer, until it looks for cycles.
            for end in (writer.rollback, writer.wait_merging_threads):
                with suppress(IndexTrouble), guarded():
                    end()


def _page(searcher: tantivy.Searcher, query: tantivy.Query, by_time: bool, offset: int, limit: int) -> Any:
    if by_time:
        return searcher.search(query, limit, offset=offset, order_by_field="at")
    return searcher.search(query, limit, offset=offset, weight_by_field="weight")


def _count(found: Any) -> int:
    """How many there are in all; the type stubs do not know of it."""
    return int(found.count)


def _ids(searcher: tantivy.Searcher, found: Any) -> list[int]:
    return [int(one or 0) for one in searcher.fast_field_values("id", [address for _, address in found.hits])]


def made_for(purpose: Purpose) -> str:
    """What an index has to be made with, and of, to be used by this program."""
    return f"{fields.VERSION} {VERSION} {','.join(purpose.languages)} {purpose.history}"
