"""One writer per study."""

import json
import os
import platform
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from napari_dinobloom.study.journal import account_name, now


class WriterLock:
    """Held by the one process that may write; freed by the system if that one dies."""

    def __init__(self, folder: Path) -> None:
        # Whoever ends the work on a study may be another thread than who began it.
        self._lock = FileLock(folder / "writer.lock", timeout=0, thread_local=False)
        self._holder = folder / "writer.json"

    def acquire(self) -> str:
        """Take the lock; return "" on success, else who holds it."""
        try:
            self._lock.acquire()
        except Timeout:
            return self._describe_holder()
        except OSError as error:
            return f"its folder cannot be written ({error.strerror})"
        who = {
            "user": account_name(),
            "host": platform.node(),
            "process": os.getpid(),
            "since": now(),
        }
        try:
            self._holder.write_text(json.dumps(who), encoding="utf-8")
        except OSError as error:
            self._lock.release()
            return f"its folder cannot be written ({error.strerror})"
        return ""

    def release(self) -> None:
        """Let the next one write."""
        if self._lock.is_locked:
            with suppress(OSError):  # the folder may be gone, or write-protected
                self._holder.unlink(missing_ok=True)
            self._lock.release()

    def _describe_holder(self) -> str:
        try:
            who = json.loads(self._holder.read_text(encoding="utf-8"))
            return (
                f"{who['user']} on {who['host']} has it open since {who['since']} "
                f"(process {who['process']})"
            )
        except (OSError, ValueError, KeyError, TypeError):
            return "another program has it open"
