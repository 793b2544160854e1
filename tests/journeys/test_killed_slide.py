"""A search of a slide that is killed goes on with the parts it had finished."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_dinobloom.imaging.synthetic import LABORATORIES, make_field

PROGRAM = """
import sys
from pathlib import Path
from napari_dinobloom.core import run
from napari_dinobloom.imaging import huge
from napari_dinobloom.storage import open_or_create
from napari_dinobloom.workflows import AddPictures, SegmentPictures

if __name__ == "__main__":
    huge.HUGE_PIXELS = 1_000_000
    with open_or_create(Path(sys.argv[2])) as opened:
        study = opened.study
        run(AddPictures.from_study(study, [Path(sys.argv[1])]), study)
        said = lambda step: print(step.message, flush=True)
        run(SegmentPictures.from_study(study, workers=1), study, said)
        print("cells", len(study.cells), len(study.findings), study.undo_summary)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_killed_search_of_a_slide_goes_on_where_it_was(tmp_path: Path) -> None:
    laboratory = replace(LABORATORIES["lilac"], pixel_size_um=0.3)
    rgb = make_field(laboratory, "healthy", 1, 0, (500, 400)).rgb
    rgb = np.concatenate([rgb, rgb[:, ::-1], rgb], axis=1)
    rgb = np.concatenate([rgb, rgb[::-1], rgb])
    slide, study = tmp_path / "slide.tif", tmp_path / "a.study"
    per_cm = 1e4 / 0.3
    tifffile.imwrite(
        slide, rgb, tile=(256, 256), photometric="rgb", compression="zlib",
        resolution=(per_cm, per_cm), resolutionunit="CENTIMETER",
    )  # fmt: skip
    program = tmp_path / "search.py"
    program.write_text(PROGRAM)
    command = [sys.executable, program, slide, study]
    first = subprocess.Popen(command)
    deadline = time.monotonic() + 200
    while not (parts := list(study.glob("tiles/*/tile-*.npz"))):
        assert time.monotonic() < deadline
        assert first.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    n = len(list(study.glob("tiles/*/tile-*.npz")))
    second = subprocess.run(command, capture_output=True, text=True, check=True)
    said = second.stdout.splitlines()
    assert not any("measuring" in line for line in said), "the survey was kept"
    assert f"slide.tif: part {n + 1} of 4" in said
    assert f"slide.tif: part {n} of 4" not in said
    word, cells, findings, *summary = said[-1].split()
    assert (word, findings) == ("cells", "1")
    assert int(cells) > 500
    assert summary[0] == "find"
    assert len(parts) <= n < 4
    assert not list(study.glob("tiles/*/tile-*"))
    assert not list(study.glob("masks/.*"))
