"""The built-in sample smears: drawn, added, and opened like anybody's own."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from napari_dinobloom.core import DinoBloomError, Progress
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.task_runner import TaskRunner
from napari_dinobloom.study import Study
from napari_dinobloom.workflows import AddPictures

LABORATORIES, PATIENTS, FIELDS = 4, 2, 2


@dataclass(frozen=True)
class DrawSamples:
    """Draws synthetic smears into a folder; changes no study."""

    folder: Path
    title = "Drawing sample smears"

    def compute(self) -> Generator[Progress, None, None]:
        """Yield after each field."""
        from napari_dinobloom.imaging.synthetic import write_samples

        steps = write_samples(self.folder, LABORATORIES, PATIENTS, FIELDS)
        for done, total in steps:
            yield Progress(done, total)

    def commit(self, study: Study, result: None) -> None:
        """Nothing to store."""


def open_samples(
    desk: Desk,
    runner: TaskRunner,
    home: Path,
    tell: Callable[[str, str], None],
) -> None:
    """Open the sample study; make it first where there is none."""
    folder, pictures = home / "samples.study", home / "smears"
    try:
        if folder.exists():
            study = desk.open(folder)
        else:
            home.mkdir(parents=True, exist_ok=True)
            study = desk.create(folder)
    except (DinoBloomError, OSError) as error:
        tell(getattr(error, "what", str(error)), getattr(error, "remedy", ""))
        return
    if not study.pictures and not study.read_only_reason and not runner.is_busy:
        runner.run(study, [lambda _: DrawSamples(pictures), add_from(pictures)])


def add_from(pictures: Path) -> Callable[[Study], AddPictures]:
    """The step that adds what was drawn, with its metadata table."""

    def add(study: Study) -> AddPictures:
        return AddPictures.from_study(
            study,
            sorted(pictures.glob("*/*/*.jpg")),
            metadata=pictures / "metadata.csv",
        )

    return add
