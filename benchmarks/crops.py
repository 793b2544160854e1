"""Cutting and resizing windows: ours, a plain Pillow loop, a NumPy batch.

What is claimed: `cut_windows` gives what Pillow's antialiased bilinear filter gives on
a mirrored picture, and is not slower than a loop over it or a batched product of
weights. Run: python benchmarks/crops.py
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from _data import save
from PIL import Image

from napari_dinobloom.imaging import cut_windows
from napari_dinobloom.imaging.synthetic import make_field

OUT_PX, REPEATS, CELLS = 224, 3, 256


def pillow_loop(rgb: np.ndarray, centres: np.ndarray, size: float) -> np.ndarray:
    """Mirror the whole picture, then crop and resize one window after the other."""
    pad = int(size) + 2
    image = Image.fromarray(np.pad(rgb, ((pad, pad), (pad, pad), (0, 0)), "symmetric"))
    crops = []
    for x, y in centres + pad:
        box = (x - size / 2, y - size / 2, x + size / 2, y + size / 2)
        bilinear = Image.Resampling.BILINEAR
        crops.append(np.asarray(image.resize((OUT_PX, OUT_PX), bilinear, box=box)))
    return np.stack(crops)


def numpy_batch(rgb: np.ndarray, centres: np.ndarray, size: float) -> np.ndarray:
    """Gather windows at whole pixels and multiply with one matrix per axis."""
    side = round(size)
    pad = side + 2
    padded = np.pad(rgb, ((pad, pad), (pad, pad), (0, 0)), "symmetric")
    corners = np.rint(centres - side / 2).astype(int) + pad
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), (0, 1))
    scale = side / OUT_PX
    support = max(1.0, scale)
    middle = (np.arange(OUT_PX) + 0.5) * scale
    reach = np.abs(np.arange(side) + 0.5 - middle[:, None]) / support
    weights = np.clip(1 - reach, 0, None).astype(np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    crops = np.empty((len(centres), OUT_PX, OUT_PX, 3), np.uint8)
    for i in range(0, len(centres), 16):
        batch = windows[corners[i : i + 16, 1], corners[i : i + 16, 0]]
        resized = weights @ batch.astype(np.float32) @ weights.T
        crops[i : i + 16] = np.rint(resized).astype(np.uint8).transpose(0, 2, 3, 1)
    return crops


def _ours(rgb: np.ndarray, centres: np.ndarray, size: float) -> np.ndarray:
    return cut_windows(rgb, centres, size, OUT_PX)


def _per_second(
    cut: Callable[[np.ndarray, np.ndarray, float], np.ndarray],
    rgb: np.ndarray,
    centres: np.ndarray,
    size: float,
) -> float:
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        cut(rgb, centres, size)
        seconds.append(time.perf_counter() - start)
    return len(centres) / statistics.median(seconds)


def main() -> None:
    """Print crops per second and the largest difference from Pillow in grey levels."""
    rgb = make_field("peach", "healthy", 0, size_px=(1280, 960)).rgb
    rng = np.random.default_rng(0)
    centres = rng.uniform((0, 0), (1280, 960), (CELLS, 2))
    rows = []
    print(f"{'window':>7} {'method':14} {'crops/s':>8} {'max difference':>15}")
    for size in (80, 178.6, 360):
        reference = pillow_loop(rgb, centres, size).astype(int)
        whole = np.rint(centres - round(size) / 2) + round(size) / 2
        at_whole = pillow_loop(rgb, whole, round(size)).astype(int)
        for name, cut, expected in (
            ("Pillow loop", pillow_loop, reference),
            ("NumPy batch", numpy_batch, at_whole),
            ("cut_windows", _ours, reference),
        ):
            off = int(np.abs(cut(rgb, centres, size).astype(int) - expected).max())
            speed = _per_second(cut, rgb, centres, size)
            rows.append(
                {"window_px": size, "method": name, "per_s": speed, "max_off": off}
            )
            print(f"{size:7.1f} {name:14} {speed:8.0f} {off:15d}")
    print(save("crops", rows))


if __name__ == "__main__":
    main()
