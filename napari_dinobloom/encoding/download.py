"""A large file over a shaky line: resumed where it broke off, and checked."""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from napari_dinobloom.core import BadInputError, DinoBloomError, Progress

CHUNK = 1 << 20
TIMEOUT_S = 30


def download(
    url: str, target: Path, sha256: str | None = None, by_hand: str = ""
) -> Generator[Progress, None, str]:
    """Fetch a file; yields bytes so far, returns its SHA-256.

    The bytes go to ``<target>.part``, which stays when the line breaks or the work is
    cancelled and is carried on with the next time, if the server still has the same
    version of the file. Only a complete file with the right digest takes the target's
    place; what was there before stays until then.

    Parameters
    ----------
    url
        http or https.
    target
        Where the file is to lie; its folder is made.
    sha256
        The digest it must have, in hexadecimal; None accepts any.
    by_hand
        What to do without a network, for the message.

    Raises
    ------
    BadInputError
        If the digest is another one, or the address is not http.
    DinoBloomError
        If there is no connection, no such file, or no room on the disk.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise BadInputError(
            f"{url} is no http address.", "Give one that begins with https://."
        )
    part = target.with_name(f"{target.name}.part")
    version = target.with_name(f"{target.name}.part.version")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield from _receive(url, part, version)
        digest = yield from _digest(part)
        if sha256 is not None and digest != sha256:
            part.unlink()
            raise BadInputError(
                f"{target.name} from {urlsplit(url).hostname} has the SHA-256 "
                f"{digest[:16]}…; it should have {sha256[:16]}…. It was thrown away.",
                "Fetch it again; if that does not help, the file at the source is "
                "another one: ask those who keep it.",
            )
        part.replace(target)
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise _explained(error, url, part, by_hand) from error
    finally:
        if not part.exists():
            version.unlink(missing_ok=True)
    return digest


def _receive(url: str, part: Path, version: Path) -> Generator[Progress, None, None]:
    """Append to the part until it is complete."""
    headers = {"User-Agent": "napari-dinobloom"}
    have = part.stat().st_size if part.exists() and version.exists() else 0
    if have:
        # If-Range: a file that has changed meanwhile is sent from its beginning
        headers |= {"Range": f"bytes={have}-", "If-Range": version.read_text()}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  # http only
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        part.unlink()  # as long as or longer than the file: begin anew
        yield from _receive(url, part, version)
        return
    with answer:
        if answer.status != http.client.PARTIAL_CONTENT:
            have = 0
        total = have + int(answer.headers.get("Content-Length") or 0)
        tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        if tag and not tag.startswith("W/"):
            version.write_text(tag)
        else:
            version.unlink(missing_ok=True)
        with part.open("ab" if have else "wb") as file:
            yield from _copied(answer, file, have, total)


def _copied(
    answer: IO[bytes], file: IO[bytes], done: int, total: int
) -> Generator[Progress, None, None]:
    yield Progress(done, total, "fetching")
    while chunk := answer.read(CHUNK):
        file.write(chunk)
        done += len(chunk)
        yield Progress(done, total, "fetching")
    if done < total:
        raise http.client.IncompleteRead(b"", total - done)


def _digest(path: Path) -> Generator[Progress, None, str]:
    """SHA-256 of a file, with a place to cancel after every chunk."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(8 * CHUNK):
            digest.update(chunk)
            done += len(chunk)
            yield Progress(done, total, "checking")
    return digest.hexdigest()


def _explained(error: Exception, url: str, part: Path, by_hand: str) -> DinoBloomError:
    host = urlsplit(url).hostname
    if isinstance(error, urllib.error.HTTPError):
        return DinoBloomError(
            f"{host} answered {error.code} ({error.reason}) to {url}.",
            f"The file may have moved or want a login. {by_hand}".strip(),
        )
    if isinstance(error, http.client.HTTPException | ConnectionError | TimeoutError):
        have = part.stat().st_size if part.exists() else 0
        return DinoBloomError(
            f"The connection to {host} broke off after {have / 1e6:.1f} MB.",
            "Fetch it again: it carries on where it stopped.",
        )
    if isinstance(error, urllib.error.URLError):
        return DinoBloomError(
            f"{host} cannot be reached ({error.reason}).",
            f"Check the network and the proxy. {by_hand}".strip(),
        )
    return DinoBloomError(
        f"{part} cannot be written: {error}.",
        "Make room on the disk, or choose another folder: NAPARI_DINOBLOOM_WEIGHTS.",
    )
