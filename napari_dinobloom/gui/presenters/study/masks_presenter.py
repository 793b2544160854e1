"""Cells that another program found: which files, for which pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.study import Study
from napari_dinobloom.workflows import ImportMasks
from napari_dinobloom.workflows.mask_kinds import read_kinds
from napari_dinobloom.workflows.masks_report import MasksReport, describe

NEXT = "“Find and describe cells” describes them and places them on the map."


@dataclass(frozen=True, slots=True)
class MaskWish:
    """Files of masks that somebody wants to have taken.

    Parameters
    ----------
    files
        Files and OME-Zarr folders.
    for_shown
        They belong to the picture on the canvas, whatever their names say.
    names_are_labels
        Class names become labels.
    kinds
        A table with name and kind, or None.
    """

    files: tuple[Path, ...]
    for_shown: bool = False
    names_are_labels: bool = False
    kinds: Path | None = None


class MasksView(Protocol):
    """What the presenter asks of the panel that asks about masks."""

    import_wished: Any
    """Signal(files, for_shown, names_are_labels, kinds); see `MaskWish`."""
    offered: Any
    """Signal(list of Path): files of masks that were chosen."""

    def ask_about(self, files: Sequence[Path], shown: str) -> None:
        """Ask what is to become of these; ``shown`` is the picture on the canvas."""
        ...

    def show_report(self, lines: Sequence[str]) -> None:
        """Say what was taken for what."""
        ...

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        ...


class MasksPresenter:
    """Connects the panel about masks with the desk.

    Parameters
    ----------
    run
        Starts steps on the open study; raises RuntimeError while another run goes on.
    shown
        The id of the picture on the canvas, or None.
    """

    def __init__(
        self,
        desk: Desk,
        view: MasksView,
        *,
        run: Callable[[Study, Sequence[Any]], None],
        shown: Callable[[], int | None],
    ) -> None:
        self._desk, self._view, self._run, self._shown = desk, view, run, shown
        self._is_released = False
        view.offered.connect(self.offer)
        view.import_wished.connect(self._wished)

    def release(self) -> None:
        """Say nothing any more; the view is going away."""
        self._is_released = True

    def offer(self, files: Sequence[Path]) -> None:
        """Ask about files of masks."""
        study = self._desk.study
        if study is None or not study.pictures:
            self._view.show_error(
                "Masks belong to pictures, and no picture is here yet.",
                "Open a study or add the pictures, then drop the masks again.",
            )
            return
        number = self._shown()
        picture = study.pictures.get(number) if number is not None else None
        shown = picture.path.name if picture is not None else ""
        self._view.ask_about([as_store(file) for file in files], shown)

    def take(self, wish: MaskWish) -> None:
        """Read the masks into the study."""
        study = self._desk.study
        if study is None:
            return
        number = self._shown() if wish.for_shown else None
        try:
            kinds = read_kinds(wish.kinds) if wish.kinds is not None else {}
            self._run(
                study,
                [
                    lambda study: ImportMasks.from_study(
                        study,
                        wish.files,
                        picture=number,
                        kinds=kinds,
                        names_are_labels=wish.names_are_labels,
                        told=self._told,
                    )
                ],
            )
        except RuntimeError:
            self._view.show_error(
                "Masks cannot be read while another run goes on.",
                "Wait for its end or cancel it; what it found so far stays.",
            )
        except DinoBloomError as error:
            self._view.show_error(error.what, error.remedy)

    def _wished(
        self,
        files: Sequence[Path],
        for_shown: bool,
        names_are_labels: bool,
        kinds: Path | None,
    ) -> None:
        self.take(MaskWish(tuple(files), for_shown, names_are_labels, kinds))

    def _told(self, report: MasksReport) -> None:
        if self._is_released:
            return
        if not report.pictures:
            subject, reason = next(iter(report.problems.items()), ("", "Nothing read."))
            what, _, remedy = reason.partition("\n")
            self._view.show_error(f"{Path(subject).name}: {what}".lstrip(": "), remedy)
            return
        remarks = [
            f"{Path(path).name}: {remark}"
            for path, said in report.remarks.items()
            for remark in said
        ]
        failed = len(report.problems)
        some = [f"{failed:,} gave no cells; see the list below."] if failed else []
        self._view.show_report([*describe(report), *some, *remarks, NEXT])


def as_store(file: Path) -> Path:
    """The folder of an OME-Zarr of which a person chose the file of attributes."""
    return file.parent if file.name in ("zarr.json", ".zattrs", ".zgroup") else file
