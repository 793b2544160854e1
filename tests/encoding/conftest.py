"""Small networks in DINOv2's layout, and pictures of cells drawn by hand."""

import os

import numpy as np
import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

Tensors = dict  # name -> torch.Tensor; torch is imported only where it is needed


def dinov2_tensors(
    dimension: int = 48,
    depth: int = 2,
    *,
    gated: bool = False,
    seed: int = 0,
    tokens: int = 257,
) -> Tensors:
    """Random weights under DINOv2's own names, in the layout with a mask token."""
    import torch

    draw = torch.Generator().manual_seed(seed)

    def some(*shape: int, scale: float = 0.2) -> "torch.Tensor":
        return torch.randn(*shape, generator=draw) * scale

    hidden = dimension * 3 if gated else dimension * 4
    tensors = {
        "cls_token": some(1, 1, dimension),
        "mask_token": some(1, dimension),
        "pos_embed": some(1, tokens, dimension, scale=0.5),
        "patch_embed.proj.weight": some(dimension, 3, 14, 14, scale=0.1),
        "patch_embed.proj.bias": some(dimension),
        "norm.weight": 1 + some(dimension),
        "norm.bias": some(dimension),
    }
    for i in range(depth):
        block = f"blocks.{i}"
        for norm in ("norm1", "norm2"):
            tensors[f"{block}.{norm}.weight"] = 1 + some(dimension)
            tensors[f"{block}.{norm}.bias"] = some(dimension)
        tensors[f"{block}.attn.qkv.weight"] = some(3 * dimension, dimension)
        tensors[f"{block}.attn.qkv.bias"] = some(3 * dimension)
        tensors[f"{block}.attn.proj.weight"] = some(dimension, dimension)
        tensors[f"{block}.attn.proj.bias"] = some(dimension)
        tensors[f"{block}.ls1.gamma"] = some(dimension, scale=1.0)
        tensors[f"{block}.ls2.gamma"] = some(dimension, scale=1.0)
        first, second, wide = (
            ("w12", "w3", 2 * hidden) if gated else ("fc1", "fc2", hidden)
        )
        tensors[f"{block}.mlp.{first}.weight"] = some(wide, dimension)
        tensors[f"{block}.mlp.{first}.bias"] = some(wide)
        tensors[f"{block}.mlp.{second}.weight"] = some(dimension, hidden)
        tensors[f"{block}.mlp.{second}.bias"] = some(dimension)
    return tensors


@pytest.fixture(scope="session")
def make_tensors():
    pytest.importorskip("torch")
    return dinov2_tensors


@pytest.fixture(scope="session")
def tensors(make_tensors):
    """D=48, 2 blocks, to be read with 3 heads."""
    return make_tensors()


@pytest.fixture
def checkpoint(tmp_path, tensors):
    """The tensors as a flat DINOv2 file."""
    import torch

    path = tmp_path / "small.pth"
    torch.save(tensors, path)
    return path


@pytest.fixture
def windows() -> np.ndarray:
    """Five pictures of 150 px with colour, gradient and grain: (5, 150, 150, 3)."""
    draw = np.random.default_rng(3)
    y, x = np.mgrid[:150, :150] / 150
    base = np.stack([x * 220, y * 200, (1 - x * y) * 180], axis=-1)
    grain = draw.normal(0, 40, (5, 150, 150, 3))
    tint = draw.normal(0, 30, (5, 1, 1, 3))
    return np.clip(base + grain + tint, 0, 255).astype(np.uint8)


@pytest.fixture
def squares() -> np.ndarray:
    """Three pictures of 224 px, which no resizing touches: (3, 224, 224, 3)."""
    draw = np.random.default_rng(1)
    return draw.integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)


def draw_cells(
    nuclei: list[np.ndarray], radius: float = 26, side: int = 128
) -> np.ndarray:
    """White cells on plasma among red cells, each with the nucleus mask given."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    pictures = np.empty((len(nuclei), side, side, 3), dtype=np.uint8)
    for picture, nucleus in zip(pictures, nuclei, strict=True):
        picture[:] = (240, 230, 225)
        for row, column in ((-48, -44), (46, 40), (-40, 48), (48, -42)):
            picture[np.hypot(y - row, x - column) < 14] = (215, 165, 165)
        picture[np.hypot(y, x) < radius] = (190, 180, 215)
        picture[nucleus] = (85, 40, 125)
    return pictures


def disc(row: float, column: float, radius: float, side: int = 128) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.hypot(y - row, x - column) < radius


@pytest.fixture(scope="session")
def cell_drawing():
    """(draw_cells, disc): cells whose measures can be worked out by hand."""
    return draw_cells, disc
