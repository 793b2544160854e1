import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from napari_dinobloom.imaging.synthetic import make_field


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked children")
@pytest.mark.parametrize("moments", [15, pytest.param(50, marks=pytest.mark.slow)])
def test_a_run_killed_at_any_moment_loses_at_most_the_batch_in_flight(
    tmp_path, moments
):
    smears = tmp_path / "smears"
    smears.mkdir()
    for i in range(4):
        field = make_field("lilac", "healthy", seed=i, size_px=(160, 120))
        Image.fromarray(field.rgb).save(smears / f"{i}.png")
    program = Path(__file__).with_name("run_and_be_killed.py")
    done = subprocess.run(
        [sys.executable, program, smears, tmp_path / "killed.study", "0", str(moments)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        # Threads of a maths library do not survive a fork.
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["kills"] == moments
    assert result["lost"] == []
    assert result["unreadable_masks"] == 0
    assert result["pictures"] == result["searched"] == 4
    assert result["embedded"] == result["cells"] > 10
