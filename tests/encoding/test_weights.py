"""Fetching weights from a real server on this computer, and what can go wrong."""

import hashlib
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from napari_dinobloom.core import BadInputError, DinoBloomError, UnknownNameError
from napari_dinobloom.encoding import create, weights
from napari_dinobloom.encoding.catalogue import WEIGHT_FILES, WeightFile
from napari_dinobloom.encoding.digests import file_digest

CONTENT = bytes(range(256)) * 12_000  # 3 MB: several chunks
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Shelf(BaseHTTPRequestHandler):
    """Serves one file with ranges and versions; can hang up in the middle."""

    def __init__(self, shelf, *args):
        self.shelf = shelf
        super().__init__(*args)

    def do_GET(self):
        shelf = self.shelf
        shelf.asked.append((self.path, self.headers.get("Range")))
        if not self.path.startswith("/DinoBloom-S.pth"):
            self.send_error(404)
            return
        start = self._start()
        if start is not None and start >= len(shelf.content):
            self.send_error(416)
            return
        body = shelf.content[start or 0 :]
        self.send_response(200 if start is None else 206)
        self.send_header("Content-Length", str(len(body)))
        if shelf.version:
            self.send_header("ETag", shelf.version)
        self.end_headers()
        self.wfile.write(body[: shelf.hang_up_after])

    def _start(self):
        wanted, version = self.headers.get("Range"), self.headers.get("If-Range")
        if wanted is None or not self.shelf.ranges or version != self.shelf.version:
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *args):
        """Keep the test's output quiet."""


class ShelfState:
    def __init__(self):
        self.content, self.version, self.ranges = CONTENT, '"v1"', True
        self.hang_up_after = None
        self.asked = []


@pytest.fixture
def shelf(monkeypatch):
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    state = ShelfState()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Shelf, state))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NAPARI_DINOBLOOM_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


UNPINNED = WeightFile("dinobloom-s", "DinoBloom-S.pth", "https://unused.example", 3)
PINNED = WeightFile(
    "dinobloom-s", "DinoBloom-S.pth", "https://unused.example", 3, DIGEST
)


def run(steps):
    """All progress, and the result."""
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as stop:
            return seen, stop.value


def fetched(shelf, file=PINNED):
    return run(weights.fetch(file, base_url=shelf.url))


def test_a_file_is_fetched_whole_with_progress(shelf, folder):
    seen, path = fetched(shelf)
    assert path == folder / "DinoBloom-S.pth"
    assert path.read_bytes() == CONTENT
    assert [s.done for s in seen if s.message == "fetching"][-1] == len(CONTENT)
    assert {s.total for s in seen} == {len(CONTENT)}
    assert sorted(p.suffix for p in folder.iterdir()) == [".lock", ".pth", ".sha256"]


def test_an_interrupted_download_carries_on_where_it_stopped(shelf, folder):
    shelf.hang_up_after = 2_000_000
    with pytest.raises(DinoBloomError, match=r"broke off after 2\.0 MB") as failure:
        fetched(shelf)
    assert "carries on" in failure.value.remedy
    assert not (folder / "DinoBloom-S.pth").exists()
    shelf.hang_up_after = None
    seen, path = fetched(shelf)
    assert path.read_bytes() == CONTENT
    assert shelf.asked[-1][1] == "bytes=2000000-"
    assert seen[0].done == 2_000_000


def test_a_cancelled_download_carries_on_too(shelf):
    steps = weights.fetch(PINNED, base_url=shelf.url)
    while next(steps).done < 1_000_000:
        pass
    steps.close()
    _, path = fetched(shelf)
    assert path.read_bytes() == CONTENT
    assert shelf.asked[-1][1] == f"bytes={1 << 20}-"


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(shelf):
    shelf.hang_up_after = 2_000_000
    with pytest.raises(DinoBloomError):
        fetched(shelf, UNPINNED)
    shelf.hang_up_after, shelf.version = None, '"v2"'
    shelf.content = CONTENT[::-1]
    _, path = fetched(shelf, UNPINNED)
    assert path.read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize(("ranges", "version"), [(False, '"v1"'), (True, None)])
def test_a_server_that_cannot_resume_sends_all_again(shelf, ranges, version):
    shelf.ranges, shelf.version = ranges, version
    shelf.hang_up_after = 2_000_000
    with pytest.raises(DinoBloomError):
        fetched(shelf)
    shelf.hang_up_after = None
    _, path = fetched(shelf)
    assert path.read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_begun_anew(shelf, folder):
    folder.mkdir()
    (folder / "DinoBloom-S.pth.part").write_bytes(CONTENT + b"x")
    (folder / "DinoBloom-S.pth.part.version").write_text('"v1"')
    _, path = fetched(shelf)
    assert path.read_bytes() == CONTENT


def test_a_wrong_digest_is_refused_and_the_standing_file_kept(shelf, folder):
    fetched(shelf)
    shelf.content, shelf.version = b"something else", '"v2"'
    with pytest.raises(BadInputError, match="SHA-256") as refusal:
        fetched(shelf)
    assert DIGEST[:16] in str(refusal.value)
    assert (folder / "DinoBloom-S.pth").read_bytes() == CONTENT
    assert not (folder / "DinoBloom-S.pth.part").exists()


def test_an_unpinned_file_must_stay_the_one_first_seen(shelf):
    fetched(shelf, UNPINNED)
    shelf.content, shelf.version = b"something else", '"v2"'
    with pytest.raises(BadInputError, match="SHA-256"):
        fetched(shelf, UNPINNED)


def test_a_file_that_is_not_there_is_said_with_its_address(shelf):
    elsewhere = WeightFile("reddino-s", "RedDino.bin", "https://unused.example", 3)
    with pytest.raises(DinoBloomError, match="answered 404") as failure:
        fetched(shelf, elsewhere)
    assert "weights add reddino-s FILE" in failure.value.remedy


def test_no_network_says_how_to_bring_the_file(shelf):
    free_port = "http://127.0.0.1:9"
    with pytest.raises(DinoBloomError, match="cannot be reached") as failure:
        run(weights.fetch(PINNED, base_url=free_port))
    assert "weights add dinobloom-s FILE" in failure.value.remedy


def test_an_address_that_is_not_http_is_refused(tmp_path):
    with pytest.raises(BadInputError, match="no http address"):
        run(weights.fetch(PINNED, base_url=f"file://{tmp_path}"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path, monkeypatch, shelf):
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("NAPARI_DINOBLOOM_WEIGHTS", str(tmp_path / "a-file"))
    with pytest.raises(DinoBloomError, match="a-file") as failure:
        fetched(shelf)
    assert "NAPARI_DINOBLOOM_WEIGHTS" in failure.value.remedy


def test_two_programs_do_not_fetch_the_same_file(shelf):
    first = weights.fetch(PINNED, base_url=shelf.url)
    next(first)
    with pytest.raises(DinoBloomError, match="being fetched"):
        fetched(shelf)
    first.close()


def put(folder, name, content=CONTENT):
    folder.mkdir(exist_ok=True)
    path = folder / WEIGHT_FILES[name].filename
    path.write_bytes(content)
    return path


def test_a_first_digest_is_kept_and_said_to_prove_no_origin(folder):
    path = put(folder, "dinobloom-b")
    verified = weights.verify("dinobloom-b")
    assert (verified.sha256, verified.pinned) == (DIGEST, False)
    assert "origin is not proven" in verified.statement
    assert path.with_name("DinoBloom-B.pth.sha256").read_text().split() == [
        DIGEST,
        "DinoBloom-B.pth",
    ]


def test_a_file_that_changed_since_is_refused(folder):
    put(folder, "dinobloom-b")
    weights.verify("dinobloom-b")
    put(folder, "dinobloom-b", CONTENT[:-1] + b"!")
    with pytest.raises(BadInputError, match="changed or damaged"):
        weights.verify("dinobloom-b")
    with pytest.raises(BadInputError, match="changed or damaged"):
        create("dinobloom-b", device="cpu")


def test_a_file_with_a_published_digest_must_have_it(folder):
    put(folder, "dinobloom-s")
    with pytest.raises(BadInputError, match="not c2f7990b003e89bc"):
        weights.verify("dinobloom-s")


def test_absent_weights_say_how_to_get_them(folder):
    with pytest.raises(BadInputError, match="not in ") as refusal:
        create("dinobloom-l", device="cpu")
    assert "napari-dinobloom weights fetch dinobloom-l" in refusal.value.remedy


def test_the_list_says_which_files_are_here(folder):
    put(folder, "reddino-b")
    here = {s.file.name for s in weights.list_weights() if s.path}
    assert here == {"reddino-b"}
    assert len(weights.list_weights()) == 7


def test_removing_leaves_nothing_behind(shelf, folder):
    fetched(shelf)
    assert weights.remove("dinobloom-s")
    assert list(folder.iterdir()) == []
    assert not weights.remove("dinobloom-s")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(UnknownNameError, match="dinobloom-g"):
        weights.locate("dinobloom-xl")


def test_a_file_fetched_by_hand_is_looked_into_and_kept(tmp_path, make_tensors, folder):
    torch = pytest.importorskip("torch")
    torch.save(make_tensors(dimension=768, depth=1), tmp_path / "by-hand.pth")
    path = weights.add("dinobloom-b", tmp_path / "by-hand.pth")
    assert path == weights.locate("dinobloom-b")
    assert weights.verify("dinobloom-b").sha256 == file_digest(tmp_path / "by-hand.pth")
    assert create("dinobloom-b", device="cpu").info.dimension == 768


def test_another_network_is_not_added(tmp_path, make_tensors, folder):
    torch = pytest.importorskip("torch")
    torch.save(make_tensors(dimension=384, depth=1), tmp_path / "small.pth")
    with pytest.raises(BadInputError, match="dinobloom-b gives 768"):
        weights.add("dinobloom-b", tmp_path / "small.pth")
    assert not folder.exists()


def test_a_foreign_file_of_the_right_form_is_not_the_published_one(
    tmp_path, make_tensors
):
    torch = pytest.importorskip("torch")
    torch.save(make_tensors(dimension=384, depth=1), tmp_path / "mine.pth")
    with pytest.raises(BadInputError, match="not the published file"):
        weights.add("dinobloom-s", tmp_path / "mine.pth")


def test_every_published_network_has_a_file_to_fetch():
    from napari_dinobloom.encoding.catalogue import NETWORKS

    assert set(WEIGHT_FILES) == set(NETWORKS) - {"dinov2"}
    assert all(file.url.startswith("https://") for file in WEIGHT_FILES.values())
