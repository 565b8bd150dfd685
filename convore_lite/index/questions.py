"""What somebody looks for, as a query of Tantivy's.

A word is met by itself, by its stem, by what is written together with it, by what begins with it (the last word of a search), and
by the name of the topic; each counts less than the one before. Where that finds little, words with a mistake in them are added,
and where even these do not help, messages that hold most of the words.

Rule: what is found, and in what order, never depends on what somebody else wrote where the asker may not read. So nothing here
takes "the first so many" of the words in the index, and how rare a word is counts among the messages in scope: Tantivy's own
score reckons with all there are, and is not used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum

import tantivy
from tantivy import Occur

from ..words.search import analysis
from ..words.search.documents import Scope
from ..words.search.query import Among, Between, Clause, Either, Newer, Not, Phrase, Word
from .stemmer import Stemmer

MUST, SHOULD, MUST_NOT = Occur.Must, Occur.Should, Occur.MustNot

# What a word counts for that is alone, or not weighed against others.
USUAL = 4.0
# A word is as rare as if there were so many messages for each one with the most usual word that is looked for together with it.
AMONG = 4
# More words than that are not weighed: each has to be counted first.
MOST_WEIGHED = 6
# How much each way to meet a word counts.
STEM = 0.6
TOGETHER = 0.8
BEGINNING = 0.8
MISTAKEN = 0.5
IN_TITLE = 1.0
SIDE_BY_SIDE = 1.5
# More than whatever is found with mistakes can reach: what is found without them stands first.
TIER = 1000.0
# Letters from which on the last word finds what begins with it.
SHORTEST_BEGINNING = 2
SHORTEST_MISTAKEN_BEGINNING = 5
# Hits from which on nobody looks for more with mistakes in them.
FEW = 10
# Messages with a word from which on it is taken for one that is meant so. To look for another one takes longer than all else.
KNOWN = 3
# The best topics by their name; more are of no use to a ranking.
MOST_TITLES = 1000
# Numbers that are looked up one by one. A set of them walks through all there are, which costs more than a few.
MOST_TERMS = 16
# More words than that are not looked for side by side.
MOST_SIDE_BY_SIDE = 6


class Mode(IntEnum):
    """How closely a message has to meet what was asked for."""

    EXACT = 0
    MISTAKES = 1
    MOST_WORDS = 2


class Questions:
    """Makes queries. *ask* finds how many documents meet one, and the ids of the first of them."""

    def __init__(
        self,
        schema: tantivy.Schema,
        stemmer: Stemmer,
        scope: Scope,
        ask: Callable[[tantivy.Query, int], tuple[int, list[int]]],
    ) -> None:
        self._schema = schema
        self._stemmer = stemmer
        self._ask = ask
        self._scope = scope
        self._counts: dict[str, int] = {}
        self._rarity: dict[str, float] = {}
        self._titles: dict[tuple[str, bool, bool], list[int]] = {}
        self._here = self._numbers("group", scope.groups)
        self._here_by_name = self._numbers("title_group", scope.groups)

    def messages(self, clauses: Sequence[Clause], mode: Mode, *, exact: bool = True) -> tantivy.Query:
        """The messages that meet all *clauses*, or most of them, within the scope; without *exact* none meets them as typed."""
        sought = self._all(clauses, mode)
        if mode is not Mode.EXACT and exact:
            sought = _any([sought, _plain(self._all(clauses, Mode.EXACT), TIER)])
        return tantivy.Query.boolean_query([(MUST, sought), *self._within()])

    def weigh(self, clauses: Sequence[Clause]) -> None:
        """Let rarer words count for more, for where not all of them have to be there.

        By the inverse document frequency of BM25, among what is in scope. For that each word has to be counted first.
        """
        sequences = [self._sequence(word.text) for clause in clauses for word in _words(clause)]
        words = {found[0] for found in sequences if len(found) == 1}
        if 1 < len(words) <= MOST_WEIGHED:
            among = 1 + AMONG * max(map(self._count, words))
            self._rarity = {one: math.log(1 + among / (self._count(one) + 0.5)) for one in words}

    def titles(self, text: str, *, mistakes: bool) -> tantivy.Query:
        """Topics of the groups in scope whose name holds all words of *text*, the last one perhaps only begun."""
        mode = Mode.MISTAKES if mistakes else Mode.EXACT
        words = text.split()
        met = [self._in_title(Word(word, last=place == len(words) - 1), mode) for place, word in enumerate(words)]
        return tantivy.Query.boolean_query([*((MUST, one) for one in met), (MUST, self._here_by_name)])

    def stems_of(self, clauses: Iterable[Clause]) -> list[str]:
        """The stems that are looked for, to show where they are met."""
        words = [word for clause in clauses for word in _words(clause)]
        folded = [one for word in words for one in analysis.query_words(analysis.fold(word.text))]
        return sorted({stem for one in folded for stem in self._stemmer.stems(one)})

    def _all(self, clauses: Sequence[Clause], mode: Mode) -> tantivy.Query:
        loose = [clause for clause in clauses if mode is Mode.MOST_WORDS and _words(clause)]
        strict = [clause for clause in clauses if clause not in loose]
        alone = self._in_text(clauses, mode) if len(clauses) == 1 and isinstance(clauses[0], Word) else []
        if alone:  # one word: what the name of the topic says only adds to it
            return tantivy.Query.boolean_query(alone)
        parts = [self._part(clause, mode) for clause in strict]
        if loose:
            most = [(SHOULD, self._clause(clause, mode)) for clause in loose]
            parts.append((MUST, tantivy.Query.boolean_query(most, minimum_number_should_match=_most_of(len(loose)))))
        parts += self._in_text(clauses, mode)
        parts += self._side_by_side(clauses)
        if not any(occur == MUST for occur, _ in parts):
            parts.append((MUST, _plain(tantivy.Query.all_query(), 0.0)))
        return tantivy.Query.boolean_query(parts)

    def _within(self) -> list[tuple[Occur, tantivy.Query]]:
        scope, parts = self._scope, [(MUST, self._here)]
        for field, numbers in (("author", scope.ignored), ("id", scope.messages), ("topic", scope.topics)):
            if numbers:
                parts.append((MUST_NOT, self._numbers(field, numbers)))
        return parts

    def _part(self, clause: Clause, mode: Mode) -> tuple[Occur, tantivy.Query]:
        if isinstance(clause, Not):
            return MUST_NOT, self._clause(clause.clause, Mode.EXACT, titles=False)
        return MUST, self._clause(clause, mode)

    def _clause(self, clause: Clause, mode: Mode, *, titles: bool = True) -> tantivy.Query:
        match clause:
            case Word():
                return _any([*self._ways(clause, mode), *(self._title(clause, mode) if titles else ())])
            case Phrase():
                return self._phrase(clause.text)
            case Among():
                return self._numbers(clause.field, clause.numbers)
            case Between():
                return self._between(clause)
            case Newer():
                return self._newer(clause.message)
            case Not():
                inside = self._clause(clause.clause, Mode.EXACT, titles=False)
                return tantivy.Query.boolean_query([(MUST, tantivy.Query.all_query()), (MUST_NOT, inside)])
            case Either():
                return _any([self._clause(one, mode, titles=titles) for one in clause.clauses])
            case _:
                raise TypeError(f"{type(clause).__name__} is for the database, not for the index")

    def _in_text(self, clauses: Sequence[Clause], mode: Mode) -> list[tuple[Occur, tantivy.Query]]:
        """Where all words can be met by the name of the topic alone, not every message in it is meant."""
        words = [word for clause in clauses if not isinstance(clause, Not) for word in _words(clause)]
        if not words or not all(self._title(word, mode) for word in words):
            return []
        if len(clauses) == 1 and isinstance(clauses[0], Word):
            return [(MUST, self._text(clauses[0], mode)), (SHOULD, self._title(clauses[0], mode)[0])]
        texts = [self._text(word, mode) for word in words]
        rest = [self._clause(one, mode) for clause in clauses for one in _wordless(clause)]
        return [(MUST, _plain(_any([*texts, *rest]), 0.0))]

    def _side_by_side(self, clauses: Sequence[Clause]) -> list[tuple[Occur, tantivy.Query]]:
        words = [one for clause in clauses if isinstance(clause, Word) for one in self._sequence(clause.text)]
        if not 2 <= len(words) <= MOST_SIDE_BY_SIDE:
            return []
        return [(SHOULD, self._sequence_query(words, "words", SIDE_BY_SIDE))]

    def _text(self, word: Word, mode: Mode) -> tantivy.Query:
        return _any(self._ways(word, mode))

    def _ways(self, word: Word, mode: Mode) -> list[tantivy.Query]:
        return self._word(word, mode, "words", "also")

    def _in_title(self, word: Word, mode: Mode) -> tantivy.Query:
        return _any(self._word(word, mode, "title", "title_also"))

    def _title(self, word: Word, mode: Mode) -> list[tantivy.Query]:
        key = (word.text, word.last, mode is not Mode.EXACT and self._is_doubtful(word))
        if key not in self._titles:
            here = [(MUST, self._in_title(word, mode)), (MUST, self._here_by_name)]
            _, found = self._ask(tantivy.Query.boolean_query(here), MOST_TITLES)
            self._titles[key] = [-topic for topic in found]
        topics = self._titles[key]
        return [self._numbers("topic", topics, IN_TITLE)] if topics else []

    def _word(self, word: Word, mode: Mode, field: str, also: str) -> list[tantivy.Query]:
        """The ways to meet a word, of which one is enough."""
        folded = analysis.fold(word.text)
        signs = list(analysis.signed(folded))
        found = analysis.query_words(folded)
        if signs:
            return self._signed(signs[0], found, word, field, also)
        if not found:
            return [tantivy.Query.empty_query()]
        if len(found) > 1:
            return self._several(folded, found, word, field, also)
        return self._single(found[0], word, mode, field, also)

    def _signed(self, sign: str, found: list[str], word: Word, field: str, also: str) -> list[tantivy.Query]:
        """C++ is not C. But $HOME, and what else has a name of its own in it, is also met by that name; it counts less."""
        ways = [self._term(also, sign)]
        if found and len("".join(found)) > 2:
            ways.append(self._sequence_query(found, field, STEM))
        return ways

    def _several(self, folded: str, found: list[str], word: Word, field: str, also: str) -> list[tantivy.Query]:
        together = analysis.joined(folded)
        ways = [self._sequence_query(found, field)]
        if not analysis.is_dense(found[0]):
            ways += [self._term(field, together, TOGETHER), self._term(also, together, TOGETHER)]
        end = found[-1]
        if word.last and end.isalpha() and len(end) >= SHORTEST_BEGINNING and not analysis.is_dense(end):
            before = [(MUST, self._term(field, one)) for one in found[:-1]]
            ways.append(_plain(tantivy.Query.boolean_query([*before, (MUST, self._beginning(field, end))]), BEGINNING))
        return ways

    def _single(self, one: str, word: Word, mode: Mode, field: str, also: str) -> list[tantivy.Query]:
        rarity = self._rarity.get(one, USUAL)
        ways = [self._term(field, one), self._term(also, one, TOGETHER)]
        for stem in self._stemmer.stems(one):
            ways.append(_plain(self._any_score(also, stem), rarity * STEM))
            ways.append(_plain(self._any_score(field, stem), rarity * STEM))
        # A single character of these scripts is the beginning of what it makes with the next one.
        begins = word.last and len(one) >= SHORTEST_BEGINNING or analysis.is_dense(one) and len(one) == 1
        if begins and not one.isdigit():
            ways.append(_plain(self._beginning(field, one), BEGINNING))
        if mode is not Mode.EXACT:
            ways += self._mistaken(one, word, field)
        return ways

    def is_doubtful(self, clauses: Sequence[Clause]) -> bool:
        """Is there a word among them that may be mistyped?"""
        return any(self._is_doubtful(word) for clause in clauses for word in _words(clause))

    def _is_doubtful(self, word: Word) -> bool:
        return any(self._mistakes_in(one) for one in analysis.query_words(analysis.fold(word.text)))

    def _mistakes_in(self, one: str) -> int:
        """How many mistakes in a word are looked through."""
        allowed = analysis.mistakes_allowed(one)
        return 0 if not allowed or self._is_known(one) else allowed

    @property
    def doubtful(self) -> list[str]:
        """The words that were looked for with mistakes."""
        return sorted(one for one in self._counts if self._mistakes_in(one))

    @property
    def unknown(self) -> list[str]:
        """The words that were looked for with mistakes, and that the asker's own groups do not hold in any form."""
        return [one for one in self.doubtful if not self._count(one)]

    def _is_known(self, one: str) -> bool:
        """Do the asker's own groups hold a word more than once or twice? Then it is no mistake, and to look for some is dear."""
        return self._count(one) >= KNOWN

    def _count(self, one: str) -> int:
        """How many messages in scope hold a word, in any form."""
        if one not in self._counts:
            forms = [
                self._any_score(field, form) for form in (one, *self._stemmer.stems(one)) for field in ("words", "also")
            ]
            here = tantivy.Query.boolean_query([(MUST, _any(forms)), *self._within()])
            self._counts[one] = self._ask(here, 1)[0]
        return self._counts[one]

    def _mistaken(self, one: str, word: Word, field: str) -> list[tantivy.Query]:
        distance = self._mistakes_in(one)
        if not distance:
            return []
        fuzzy = tantivy.Query.fuzzy_term_query
        ways = [fuzzy(self._schema, field, one, distance=distance)]
        if word.last and len(one) >= SHORTEST_MISTAKEN_BEGINNING:
            ways.append(fuzzy(self._schema, field, one, distance=1, prefix=True))
        return [_plain(way, MISTAKEN) for way in ways]

    def _phrase(self, text: str) -> tantivy.Query:
        folded = analysis.fold(text)
        found = self._sequence(text)
        signs = [(MUST, _plain(self._term("also", sign), 0.0)) for sign in analysis.signed(folded)]
        if not found and not signs:
            return tantivy.Query.empty_query()
        return tantivy.Query.boolean_query([*([(MUST, self._sequence_query(found, "words"))] if found else []), *signs])

    def _sequence(self, text: str) -> list[str]:
        return analysis.query_words(analysis.fold(text))

    def _sequence_query(self, found: list[str], field: str, boost: float = 1.0) -> tantivy.Query:
        if len(found) == 1:
            whole = self._term(field, found[0], boost)
            lonely = analysis.is_dense(found[0]) and len(found[0]) == 1
            return _any([whole, self._beginning(field, found[0])]) if lonely else whole
        score = boost * max(self._rarity.get(one, USUAL) for one in found)
        return _plain(tantivy.Query.phrase_query(self._schema, field, list(found)), score)

    def _beginning(self, field: str, start: str) -> tantivy.Query:
        return tantivy.Query.fuzzy_term_query(self._schema, field, start, distance=0, prefix=True)

    def _term(self, field: str, word: str, boost: float = 1.0) -> tantivy.Query:
        return _plain(self._any_score(field, word), boost * self._rarity.get(word, USUAL))

    def _any_score(self, field: str, word: str) -> tantivy.Query:
        """Whatever holds a word, with a score that must not be used as it is."""
        # The fields for what else a text is found by keep no counts, and say so here.
        option = "basic" if field.endswith("also") else "freq"
        return tantivy.Query.term_query(self._schema, field, word, index_option=option)

    def _numbers(self, field: str, numbers: Sequence[int], score: float = 0.0) -> tantivy.Query:
        if 0 < len(numbers) <= MOST_TERMS:
            return _plain(_any([tantivy.Query.term_query(self._schema, field, one) for one in numbers]), score)
        return _plain(tantivy.Query.term_set_query(self._schema, field, list(numbers)), score)

    def _newer(self, message: int) -> tantivy.Query:
        query = tantivy.Query.range_query(
            self._schema, "id", tantivy.FieldType.Integer, lower_bound=message, include_lower=False
        )
        return _plain(query, 0.0)

    def _between(self, span: Between) -> tantivy.Query:
        last = None if span.end is None else span.end - 1
        if span.first is None and last is None:
            return _plain(tantivy.Query.all_query(), 0.0)
        query = tantivy.Query.range_query(
            self._schema, "at", tantivy.FieldType.Integer, lower_bound=span.first, upper_bound=last
        )
        return _plain(query, 0.0)


def _any(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return queries[0] if len(queries) == 1 else tantivy.Query.boolean_query([(SHOULD, query) for query in queries])


def _plain(query: tantivy.Query, score: float) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, score)


def _words(clause: Clause) -> list[Word]:
    if isinstance(clause, Either):
        return [word for one in clause.clauses for word in _words(one)]
    return [clause] if isinstance(clause, Word) else []


def _wordless(clause: Clause) -> list[Clause]:
    """What an OR offers beside words: it is met without any."""
    return [one for one in clause.clauses if not isinstance(one, Word)] if isinstance(clause, Either) else []


def can_be_loosened(clauses: Sequence[Clause]) -> bool:
    """Are there words of which one could do without some? What stands in quotes is meant as it is."""
    return sum(bool(_words(clause)) for clause in clauses) > 1


def _most_of(count: int) -> int:
    """So many of the words have to be there: one of two, three of five, five of seven."""
    return count - max(1, 2 * count // 5)
