"""Takes the pictures of the documentation by driving the real window.

    python resources/screenshots/make.py [--smears FOLDER] [--out FOLDER]

Needs a display (``xvfb-run -s "-screen 0 1920x1080x24" python …``). Without
``--smears`` the built-in synthetic smears are shown.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WAIT_S = 400.0


class Photographer:
    """Opens the window, waits for it and grabs it."""

    def __init__(self, out: Path) -> None:
        import napari
        from qtpy.QtWidgets import QApplication

        from napari_dinobloom.gui import plugin

        self.out = out
        self.viewer = napari.Viewer(show=True)
        self.dock = plugin.show_dock(self.viewer)
        self.session = plugin.session_of(self.viewer)
        self.page: Any = self.dock.page(plugin.STUDY_PAGE)
        self.app = QApplication.instance()
        self.window = self.dock.window()
        self.wait(lambda: False, 8)  # napari's own notices have faded by then

    def wait(self, until: Callable[[], bool], seconds: float = WAIT_S) -> None:
        """Let the window work until something is so, or time is up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self.app.processEvents()
            time.sleep(0.01)

    def idle(self) -> None:
        """Wait until nothing runs and nothing is being read."""
        self.wait(lambda: not self.session.runner.is_busy)
        self.wait(lambda: False, 0.5)
        self.wait(lambda: not self.session.loader.is_busy)

    def look(self, theme: str, width: int, height: int, scroll: int = 0) -> None:
        """Dress and size the window."""
        self.viewer.theme = theme
        self.window.resize(width, height)
        self.wait(lambda: False, 0.5)
        self.page.verticalScrollBar().setValue(scroll)
        self.viewer.reset_view()

    def take(self, name: str) -> None:
        """Grab the window; a palette would keep the file smaller and lose teal."""
        from PIL import Image

        self.wait(lambda: False, 0.6)
        path = self.out / f"{name}.png"
        self.window.grab().save(str(path))
        with Image.open(path) as picture:
            opaque = picture.convert("RGB")
        opaque.save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")  # noqa: T201 - a script


def album(photographer: Photographer, smears: Path | None, home: Path) -> None:
    """Every picture, in the order in which a person meets them."""
    page, session = photographer.page, photographer.session
    photographer.look("dark", 1280, 800)
    photographer.take("empty")
    if smears is None:
        page.empty.samples_wished.emit()
    else:
        page.header.create_wished.emit(home / f"{smears.name}.study")
        page.take([smears])
        photographer.take("adding")
        page.slides.add_panel.add_button.click()
    photographer.idle()
    page.run.run_button.click()
    photographer.wait(lambda: page.run.bar.value() > 3 or not session.runner.is_busy)
    photographer.take("running")
    photographer.idle()
    photographer.take("study-dark")
    page.field.outlines.setChecked(False)
    page.field.opacity.setValue(45)
    photographer.take("filled-dark")
    page.field.outlines.setChecked(True)
    page.field.opacity.setValue(90)
    page.field.sheet.setChecked(True)
    photographer.idle()
    photographer.take("contact-sheet")
    page.field.sheet.setChecked(False)
    photographer.idle()
    photographer.look("light", 1280, 800)
    photographer.take("study-light")
    photographer.look("light", 800, 600)
    photographer.take("small-window")


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smears", type=Path)
    parser.add_argument("--out", type=Path, default=HERE)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = home
        photographer = Photographer(chosen.out)
        album(photographer, chosen.smears, Path(home))
        photographer.viewer.close()
        photographer.wait(lambda: photographer.session.is_closed, 20)


if __name__ == "__main__":
    main()
