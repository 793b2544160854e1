import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked children")
def test_labelling_killed_at_random_moments_loses_nothing_that_was_told(tmp_path):
    program = Path(__file__).with_name("label_and_be_killed.py")
    done = subprocess.run(
        [sys.executable, program, tmp_path / "killed.study", "8", "3"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        # Threads of a maths library do not survive a fork.
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["kills"] == 8
    assert result["acts"] > 50
    assert result["lost"] == 0
    assert result["not opened"] == 0
    assert result["undo failed"] == 0
