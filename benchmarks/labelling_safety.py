"""Labels that are lost when the program dies: `kill -9` at random moments.

`tests/journeys/label_and_be_killed.py` labels, marks, undoes and redoes in a study and
is killed. Beside it, how labels are kept elsewhere: a CSV written anew after each label
or after every 25, and an AnnData file (h5ad) written after every 25. Each is killed as
often, in the same run, by the same dice. What a worker told as done and what is not in
the file afterwards is lost.
"""

import argparse
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread

import numpy as np
from _data import ROOT, save

CELLS = 2000
PROGRAM = ROOT / "tests" / "journeys" / "label_and_be_killed.py"
QUIET = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
RIVALS = {
    "CSV, each label": ("csv", 1),
    "CSV, every 25 labels": ("csv", 25),
    "h5ad, every 25 labels": ("h5ad", 25),
}


def main() -> None:
    """Print the table and keep it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    kills = parser.parse_args().kills
    root = Path(tempfile.mkdtemp())
    try:
        ours = study(root / "a.study", kills)
        found = {
            "study": {
                "kills": ours["kills"],
                "told": ours["acts"],
                "kills with a loss": ours["lost"],
                "lost": ours["lost"],
                "file unreadable": ours["not opened"],
                "undo failed": ours["undo failed"],
            }
        }
        for name, (kind, interval) in RIVALS.items():
            found[name] = rival(root / kind, kind, interval, kills)
    finally:
        shutil.rmtree(root)
    columns = list(found["study"])
    print(f"{'':22s}" + "".join(f"{c:>19s}" for c in columns))
    for name, row in found.items():
        print(f"{name:22s}" + "".join(f"{row.get(c, '-')!s:>19s}" for c in columns))
    print(
        f"study: of the acts under way {ours['whole']} whole, {ours['gone']} not made"
    )
    save("labelling_safety", {**found, "study in detail": ours})


def study(folder: Path, kills: int) -> dict[str, int]:
    """What the judge of the journey counts."""
    done = subprocess.run(
        [sys.executable, PROGRAM, folder, str(kills), "0"],
        capture_output=True,
        text=True,
        env=QUIET,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


# -- rivals ----------------------------------------------------------------------


def rival(folder: Path, kind: str, interval: int, kills: int) -> dict[str, int]:
    """Kill a worker that keeps labels in one file; count what is not in it."""
    folder.mkdir(exist_ok=True)
    dice = random.Random(0)  # noqa: S311 - no secret
    names = ("kills", "told", "kills with a loss", "lost", "file unreadable")
    counts = dict.fromkeys(names, 0)
    command = [sys.executable, __file__, kind, str(folder), str(interval)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=QUIET
    ) as nursery:
        for _ in range(kills):
            told = life(nursery, folder, dice.uniform(0, 0.25))
            kept = labels_in(folder / "labels", kind)
            counts["kills"] += 1
            counts["told"] += told
            counts["file unreadable"] += kept is None
            counts["lost"] += max(0, told - (kept or 0))
            counts["kills with a loss"] += (kept or 0) < told
        nursery.stdin.close()
    return counts


def life(nursery: subprocess.Popen, folder: Path, seconds: float) -> int:
    """How many labels a worker told before it was killed; it starts without any."""
    (folder / "labels").unlink(missing_ok=True)
    nursery.stdin.write("go\n")
    nursery.stdin.flush()
    pid = int(nursery.stdout.readline())
    told: list[str] = []
    ear = Thread(target=lambda: told.extend(iter(nursery.stdout.readline, "dead\n")))
    ear.start()
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    ear.join()
    return len(told)


def labels_in(file: Path, kind: str) -> int | None:
    """Labels in the file, 0 where it was not written yet, None where it is broken."""
    if not file.exists():
        return 0
    try:
        if kind == "csv":
            with file.open(newline="") as stream:
                rows = list(csv.reader(stream))
            whole = [row for row in rows if len(row) == 2 and row[1] == "blast"]
            return len(whole) if len(whole) == len(rows) else None
        import anndata

        return int((anndata.read_h5ad(file).obs["label"] == "blast").sum())
    except Exception:  # noqa: BLE001 - whatever a torn file makes of a reader
        return None


def work(kind: str, folder: Path, interval: int) -> None:
    """Import once; fork a worker for each line; label until killed."""
    import anndata
    import pandas as pd

    for _ in sys.stdin:
        if pid := os.fork():
            os.waitpid(pid, 0)
            os.write(1, b"dead\n")
            continue
        labels = np.full(CELLS, "", dtype=object)
        os.write(1, f"{os.getpid()}\n".encode())
        for n in range(CELLS):
            labels[n] = "blast"
            if (n + 1) % interval == 0 and kind == "csv":
                with (folder / "labels").open("w", newline="") as stream:
                    csv.writer(stream).writerows(enumerate(labels[: n + 1]))
            elif (n + 1) % interval == 0:
                obs = pd.DataFrame(
                    {"label": labels}, index=np.arange(CELLS).astype(str)
                )
                anndata.AnnData(obs=obs).write_h5ad(folder / "labels")
            os.write(1, b"done\n")
            time.sleep(0.001)  # a label every few milliseconds, as in the study
        time.sleep(60)


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] in ("csv", "h5ad"):
        work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
