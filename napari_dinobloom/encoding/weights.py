"""The folder of weights: what is there, fetching, adding, checking, removing.

Each file lies beside a ``.sha256`` with its digest. Where the makers' digest could be
looked up, the file must have it. Where not, the first digest seen is trusted and kept;
a file that changes afterwards is refused.
"""

import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from napari_dinobloom.core import (
    BadInputError,
    DinoBloomError,
    Progress,
    UnknownNameError,
)
from napari_dinobloom.encoding.catalogue import NETWORKS, WEIGHT_FILES, WeightFile
from napari_dinobloom.encoding.digests import (
    file_digest,
    keep_digest,
    kept_digest,
    try_to_keep_digest,
)
from napari_dinobloom.encoding.download import download
from napari_dinobloom.encoding.network import check_weights

FOLDER_VARIABLE = "NAPARI_DINOBLOOM_WEIGHTS"
"""Environment variable that names another folder, as one shared by a department."""


@dataclass(frozen=True, slots=True)
class WeightStatus:
    """How one file of weights stands.

    Parameters
    ----------
    file
        What can be fetched.
    path
        Where it lies; None if it has not been fetched.
    sha256
        The digest kept beside it; None without a file.
    """

    file: WeightFile
    path: Path | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Verified:
    """A file whose digest was computed just now and is the expected one.

    Parameters
    ----------
    path, sha256
        The file and its digest.
    pinned
        True if the digest was looked up independently; False if it is merely the one
        the file had when it first came.
    """

    path: Path
    sha256: str
    pinned: bool

    @property
    def statement(self) -> str:
        """In a sentence, what the check is worth."""
        if self.pinned:
            return f"{self.path.name} is the published file (SHA-256 checked)."
        return (
            f"{self.path.name} is unchanged since it came here; its makers' SHA-256 is "
            "not known to this program, so its origin is not proven."
        )


def weights_folder() -> Path:
    """Where weights lie: NAPARI_DINOBLOOM_WEIGHTS, or the user's data folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("napari-dinobloom", appauthor=False) / "weights"


def list_weights() -> list[WeightStatus]:
    """Every file in the catalogue and whether it is here; checks no digest."""
    statuses = []
    for file in WEIGHT_FILES.values():
        path = weights_folder() / file.filename
        here = path.is_file()
        statuses.append(
            WeightStatus(
                file, path if here else None, kept_digest(path) if here else None
            )
        )
    return statuses


def fetch(
    name: str | WeightFile, base_url: str | None = None
) -> Generator[Progress, None, Path]:
    """Download weights into the folder; yields bytes done, returns the path.

    Cancelled or interrupted, it carries on where it stopped the next time.

    Parameters
    ----------
    name
        An encoder with published weights, or a file of your own catalogue.
    base_url
        A mirror: the address of a folder that holds the file under its catalogue name.

    Raises
    ------
    UnknownNameError
        If nothing is published under that name.
    BadInputError
        If the digest is wrong.
    DinoBloomError
        If there is no network, no such file, no room, or somebody else fetches it.
    """
    file = name if isinstance(name, WeightFile) else _entry(name)
    path = weights_folder() / file.filename
    url = f"{base_url.rstrip('/')}/{file.filename}" if base_url else file.url
    by_hand = (
        f"Or fetch {file.url} on another computer and bring it here: napari-dinobloom "
        f"weights add {file.name} FILE"
    )
    expected = file.sha256 or (kept_digest(path) if path.is_file() else None)
    _make_folder(path.parent)
    try:
        with FileLock(f"{path}.lock", timeout=0):
            digest = yield from download(url, path, expected, by_hand)
            keep_digest(path, digest)
    except Timeout as error:
        raise DinoBloomError(
            f"{file.filename} is being fetched into {path.parent} already.",
            "Wait until the other program has finished.",
        ) from error
    return path


def add(name: str, source: Path) -> Path:
    """Copy a file fetched by hand into the folder, after looking into it.

    Its tensors must be those of the named network and its digest the published one
    where that is known.

    Raises
    ------
    BadInputError
        If it is another network, damaged, or no checkpoint.
    MissingDependencyError
        If torch is not installed to look into it.
    """
    file, source = _entry(name), Path(source)
    check_weights(NETWORKS[name], source)
    digest = file_digest(source)
    if file.sha256 not in (None, digest):
        raise BadInputError(
            f"{source.name} fits {name}, but it is not the published file: its "
            f"SHA-256 is {digest[:16]}…, not {str(file.sha256)[:16]}….",
            "Use it by its path (weights=…) if you mean this very file, or fetch the "
            f"published one: napari-dinobloom weights fetch {name}",
        )
    path = weights_folder() / file.filename
    _make_folder(path.parent)
    part = path.with_name(f"{path.name}.adding")
    try:
        shutil.copyfile(source, part)
        part.replace(path)
        keep_digest(path, digest)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(path.parent, error) from error
    return path


def locate(name: str) -> Path:
    """Where the named weights lie; checks no digest.

    Raises
    ------
    BadInputError
        If they have not been fetched.
    """
    file = _entry(name)
    path = weights_folder() / file.filename
    if not path.is_file():
        raise BadInputError(
            f"The weights of {name} ({file.size_mb} MB) are not in {path.parent}.",
            f"Fetch them: napari-dinobloom weights fetch {name}. Without a network: "
            f"napari-dinobloom weights add {name} FILE. The morphology encoder needs "
            "none.",
        )
    return path


def verify(name: str) -> Verified:
    """Compute the digest of the named weights and hold it against the expected one.

    Raises
    ------
    BadInputError
        If they are absent, or not the file they were.
    """
    file, path = _entry(name), locate(name)
    digest, kept = file_digest(path), kept_digest(path)
    expected = file.sha256 or kept
    if expected is not None and digest != expected:
        raise BadInputError(
            f"{path} has the SHA-256 {digest[:16]}…, not {expected[:16]}…: it was "
            "changed or damaged.",
            f"Remove it and fetch it again: napari-dinobloom weights remove {name}",
        )
    if kept is None:
        try_to_keep_digest(path, digest)
    return Verified(path, digest, pinned=file.sha256 is not None)


def remove(name: str) -> bool:
    """Delete the named weights and what was fetched of them; False if nothing was.

    Raises
    ------
    UnknownNameError
        If nothing is published under that name.
    """
    path = weights_folder() / _entry(name).filename
    found = False
    for ending in ("", ".sha256", ".part", ".part.version", ".lock"):
        remnant = path.with_name(path.name + ending)
        found |= remnant.exists() and ending in ("", ".part")
        remnant.unlink(missing_ok=True)
    return found


def _entry(name: str) -> WeightFile:
    if name in WEIGHT_FILES:
        return WEIGHT_FILES[name]
    raise UnknownNameError(
        f"No weights are published under the name {name!r}.",
        f"Known: {', '.join(WEIGHT_FILES)}.",
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> DinoBloomError:
    return DinoBloomError(
        f"{folder} cannot be written: {error.strerror or error}.",
        f"Make room, or name another folder in {FOLDER_VARIABLE}.",
    )
