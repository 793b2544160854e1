"""The main job on real smears: wall time, peak memory, and what a second run costs.

Runs the command line as a person would, on all 364 fields of bccd (or `--pictures N`),
and beside it the same job again on the finished study, which has nothing left to do.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _data import SHARED, save


def tree_bytes(root: int) -> int:
    """Resident memory of a process and all below it, shared pages counted once."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    total, stack = 0, [root]
    while stack:
        pid = stack.pop()
        stack += children.get(pid, [])
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        pss = next((x for x in rollup.splitlines() if x.startswith("Pss:")), "Pss: 0")
        total += int(pss.split()[1]) * 1024
    return total


def measured(arguments: list[str]) -> tuple[float, float]:
    """Wall seconds and peak GB of one command with all its processes."""
    began, peak = time.perf_counter(), 0
    command = [sys.executable, "-m", "napari_dinobloom", *arguments]
    process = subprocess.Popen(command)
    while process.poll() is None:
        peak = max(peak, tree_bytes(process.pid))
        time.sleep(0.25)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{arguments[0]} ended with {process.returncode}")
    return time.perf_counter() - began, peak / 1e9


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=364)
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        smears = Path(scratch, "smears")
        smears.mkdir()
        found = sorted((SHARED / "bccd/JPEGImages").glob("*.jpg"))[: args.pictures]
        for picture in found:
            shutil.copy(picture, smears)
        study, report = f"{scratch}/s.study", f"{scratch}/report.html"
        for name, command in (
            ("run: find, embed, map", ["run", str(smears), "--study", study]),
            ("run again: nothing missing", ["run", str(smears), "--study", study]),
            ("report", ["report", study, "--out", report]),
        ):
            seconds, gigabytes = measured(command)
            rows.append({"step": name, "seconds": seconds, "peak_gb": gigabytes})
        study_mb = sum(f.stat().st_size for f in Path(study).rglob("*") if f.is_file())
        rows.append({"step": "study on disk, MB", "seconds": study_mb / 1e6})
    print(f"\n{len(found)} fields of 640×480, {os.cpu_count()} cores")
    for row in rows:
        peak = f"{row['peak_gb']:6.2f} GB" if "peak_gb" in row else ""
        unit = "s" if peak else "MB"
        print(f"{row['step']:30s} {row['seconds']:8.1f} {unit}  {peak}")
    save("main_job", rows)


if __name__ == "__main__":
    main()
