"""The command line in a process of its own, beside the viewer."""

import re
import sys
from collections.abc import Sequence

from qtpy.QtCore import QObject, QProcess, Signal

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_STOPPED_MS = 3000


class BesideViewer(QObject):  # type: ignore[misc] # qtpy has no types
    """Runs one command of ``napari-dinobloom`` at a time; the window stays free.

    A report of a large study takes Python minutes, and a thread would have it take them
    from the window. Whatever was done to the study is on the disk before it is seen, so
    that another process may read it from there.
    """

    ended = Signal(int, str)
    """Exit code (negative where it was stopped) and what it said on stderr."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a command runs."""
        return self._process is not None

    def run(self, arguments: Sequence[str]) -> None:
        """Start a command; RuntimeError while another runs."""
        if self.is_busy:
            raise RuntimeError("another command runs; stop it or wait for its end")
        process = QProcess(self)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        self._process = process
        # -P: a folder in which the viewer was started is no place to import from
        module = ["-P", "-m", "napari_dinobloom"]
        process.start(sys.executable, [*module, *arguments])

    def cancel(self) -> None:
        """Stop it; files that were not whole yet do not appear."""
        if self._process is not None:
            self._process.terminate()

    def close(self) -> None:
        """Stop it and wait until it has gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.blockSignals(True)
        process.terminate()
        if not process.waitForFinished(_STOPPED_MS):
            process.kill()
            process.waitForFinished(_STOPPED_MS)

    def _failed(self, error: object) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            reason = self._process.errorString() if self._process else ""
            self._process = None
            self.ended.emit(1, f"Error: Python cannot be started ({reason}).")

    def _finished(self, code: int, status: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        said = bytes(process.readAllStandardError()).decode("utf-8", "replace")
        crashed = status == QProcess.ExitStatus.CrashExit
        process.deleteLater()
        self.ended.emit(-1 if crashed else code, _COLOUR.sub("", said).strip())
