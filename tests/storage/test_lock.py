"""One writer per study."""

from pathlib import Path

from napari_dinobloom.storage.lock import WriterLock


def test_the_lock_is_taken_once_and_can_be_taken_again(tmp_path: Path) -> None:
    first, second = WriterLock(tmp_path), WriterLock(tmp_path)
    assert first.acquire() == ""
    assert "has it open since" in second.acquire()
    second.release()  # it holds nothing, and takes nothing away
    assert "has it open since" in WriterLock(tmp_path).acquire()
    first.release()
    assert second.acquire() == ""
    second.release()


def test_a_holder_who_left_no_readable_note_still_holds(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path)
    lock.acquire()
    for note in ("", "{}", "[1]", "{"):
        (tmp_path / "writer.json").write_text(note)
        assert WriterLock(tmp_path).acquire() == "another program has it open"
    lock.release()


def test_an_account_without_a_name_can_work(tmp_path: Path, monkeypatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nameless)
    lock = WriterLock(tmp_path)
    assert lock.acquire() == ""
    assert "unknown on" in WriterLock(tmp_path).acquire()
    lock.release()
