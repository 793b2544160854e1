"""SHA-256 of large files, and the one that is kept beside each of them."""

import hashlib
import os
import re
from pathlib import Path


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept_digest(path: Path) -> str | None:
    """The digest kept beside a file; None if there is none that can be read."""
    try:
        words = _beside(path).read_text().split()
    except OSError:
        return None
    return words[0] if words and re.fullmatch("[0-9a-f]{64}", words[0]) else None


def keep_digest(path: Path, digest: str) -> None:
    """Write a digest beside its file, in the form that ``sha256sum -c`` reads."""
    _beside(path).write_text(f"{digest}  {path.name}\n")


def try_to_keep_digest(path: Path, digest: str) -> None:
    """The same where the folder may be read-only, as a department's often is."""
    if os.access(path.parent, os.W_OK):
        keep_digest(path, digest)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
