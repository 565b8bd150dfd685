"""The wrapper around Tantivy, without a process: panics, checksums, a writer that died, and which index is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from convore_lite.index import manifest
from convore_lite.index.engine import Engine, IndexTrouble, guarded
from convore_lite.index.wire import Apply, Failed, Found, Open, Purpose, Search, State
from convore_lite.index.worker import Worker
from convore_lite.words.search.documents import Change, Doc, Scope
from convore_lite.words.search.query import Word

PURPOSE = Purpose("history", ["english"])
SEARCH = Search([Word("kingfisher")], Scope([1]), "relevance", 0, 10)


class PanicException(BaseException):
    """As PyO3 raises it: no Exception."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With an index of one message in it."""
    engine = Engine.make(tmp_path / "1", PURPOSE, now=1)
    engine.add(Change(docs=[Doc(7, 1, 1, 1, 1, "kingfishers")]))
    engine.commit(3, 7, whole=True)
    return tmp_path


def opened(folder: Path, purpose: Purpose = PURPOSE) -> tuple[Worker, State]:
    worker = Worker()
    state = worker.answer(Open(str(folder), purpose))
    assert isinstance(state, State)
    return worker, state


def test_an_index_is_opened_where_it_was(folder: Path) -> None:
    worker, state = opened(folder)
    assert (state.ready, state.event, state.newest) == (True, 3, 7)
    found = worker.answer(SEARCH)
    assert isinstance(found, Found)
    assert (found.ids, found.total) == ([7], 1)


@pytest.mark.parametrize("purpose", [Purpose("another history", ["english"]), Purpose("history", ["german"])])
def test_one_of_another_history_or_language_is_not(folder: Path, purpose: Purpose) -> None:
    assert not opened(folder, purpose)[1].ready
    assert list(folder.iterdir()) == []


def test_a_panic_is_an_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, _ = opened(folder)

    def panic(*arguments: object, **options: object) -> None:
        raise PanicException("explicit panic")

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "_questions", panic)
        assert worker.answer(SEARCH) == Failed("PanicException")
    assert isinstance(worker.answer(SEARCH), Found)
    with monkeypatch.context() as patch:
        patch.setattr("convore_lite.index.fields.message", panic)
        change = Change(docs=[Doc(8, 1, 1, 1, 1, "kingfisher")], event=4, newest=8)
        assert worker.answer(Apply(change)) == Failed("PanicException")
    # The writer was given up, and nothing of the change is there; another writer makes it.
    assert isinstance(worker.answer(Apply(change)), State)
    found = worker.answer(SEARCH)
    assert isinstance(found, Found)
    assert sorted(found.ids) == [7, 8]


def test_what_is_no_fault_of_the_index_goes_on() -> None:
    with pytest.raises(KeyboardInterrupt), guarded():
        raise KeyboardInterrupt
    with pytest.raises(IndexTrouble, match="PanicException"), guarded():
        raise PanicException


def test_files_that_were_not_noted_are_known_by_their_own_checksum(folder: Path) -> None:
    """Killed between a commit and writing down its checksums."""
    index = folder / "1"
    noted = manifest.read(index)
    assert noted is not None
    noted.files = {}
    assert noted.damage(index) is None
    for path in sorted(index.glob("*.*")):
        if path.name not in manifest.needed_names(index):
            continue
        whole = path.read_bytes()
        for broken in (whole[:-3], whole[:10], b"", bytes([whole[0] ^ 1]) + whole[1:]):
            path.write_bytes(broken)
            assert noted.damage(index) == path.name
        path.write_bytes(whole)
    assert noted.damage(index) is None
