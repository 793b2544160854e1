"""Fetching public smears from a server on this machine."""

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from napari_dinobloom.core import BadInputError, UnknownNameError
from napari_dinobloom.imaging import PUBLIC_SETS, fetch_public_set, read_picture


class _Mirror(BaseHTTPRequestHandler):
    """Serves one folder, and misbehaves where told to."""

    root: Path
    fault = ""
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        file = self.root / self.path.lstrip("/")
        if self.fault == "gone" or not file.is_file():
            self.send_error(404)
            return
        content = file.read_bytes()
        if self.fault == "altered":
            content = content[:-1] + bytes([content[-1] ^ 1])
        if self.fault == "endless":
            content += b"x" * 500_000
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(ConnectionError):  # the client may have had enough
            self.wfile.write(content[:100] if self.fault == "broken off" else content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the base class
        pass


@pytest.fixture
def mirror(shared_data: Path) -> Iterator[tuple[str, type[_Mirror]]]:
    """Address of a mirror of BCCD, and its switches."""

    class Mirror(_Mirror):
        root = shared_data / "bccd/JPEGImages"
        asked: list[str] = []  # noqa: RUF012  # one list per test, on purpose

    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", Mirror
    server.shutdown()
    thread.join()
    server.server_close()


def _fetch(url: str, folder: Path, limit: int = 3) -> list[tuple[int, int]]:
    return list(fetch_public_set("bccd", limit, folder, url))


@pytest.mark.real
def test_pictures_are_fetched_with_progress_and_licence(
    mirror: tuple[str, type[_Mirror]], tmp_path: Path
) -> None:
    assert _fetch(mirror[0], tmp_path) == [(0, 3), (1, 3), (2, 3), (3, 3)]
    pictures = sorted(tmp_path.glob("*.jpg"))
    assert len(pictures) == 3
    assert read_picture(pictures[0]).rgb.shape == (480, 640, 3)
    assert "MIT" in (tmp_path / "ABOUT.txt").read_text()


@pytest.mark.real
def test_what_is_here_already_is_not_fetched_again(
    mirror: tuple[str, type[_Mirror]], tmp_path: Path
) -> None:
    url, switches = mirror
    steps = fetch_public_set("bccd", 3, tmp_path, url)
    next(steps), next(steps)
    steps.close()  # cancelled after the first file
    assert len(switches.asked) == 1
    _fetch(url, tmp_path)
    assert len(switches.asked) == 3


@pytest.mark.real
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("altered", "SHA-256 differs"),
        ("endless", "SHA-256 differs"),
        ("gone", "cannot be fetched"),
        ("broken off", "cannot be fetched"),
    ],
)
def test_a_file_that_is_not_right_is_not_kept_and_can_be_fetched_later(
    mirror: tuple[str, type[_Mirror]], tmp_path: Path, fault: str, reason: str
) -> None:
    url, switches = mirror
    switches.fault = fault
    with pytest.raises(BadInputError, match=reason) as caught:
        _fetch(url, tmp_path)
    assert caught.value.remedy
    assert [p.name for p in tmp_path.iterdir()] == ["ABOUT.txt"]
    switches.fault = ""
    assert _fetch(url, tmp_path)[-1] == (3, 3)


def test_without_a_network_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="Check the network"):
        _fetch("http://127.0.0.1:9/", tmp_path)


def test_an_unknown_set_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="bccd"):
        list(fetch_public_set("bcdc"))


@pytest.mark.parametrize("name", PUBLIC_SETS)
def test_every_set_is_pinned_licensed_and_stays_in_its_folder(name: str) -> None:
    public = PUBLIC_SETS[name]
    assert re.search(r"/[0-9a-f]{40}/", public.base_url)
    assert public.licence
    assert public.citation
    assert len(public.registry()) >= 200
    for path, (sha256, size) in public.registry().items():
        assert re.fullmatch(r"[A-Za-z0-9_]+(/[A-Za-z0-9_]+)?\.jpg", path)
        assert re.fullmatch(r"[0-9a-f]{64}", sha256)
        assert 0 < size < 2_000_000
