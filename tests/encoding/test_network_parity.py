"""The network gives what DINOv2's formulas give, written out here once more."""

import numpy as np
import pytest

from napari_dinobloom.encoding import CellImages, encoders

torch = pytest.importorskip("torch")

# float32 sums in another order
EXACT = 2e-5
# Pillow and torch round 0.5 % of resized pixels to neighbouring grey levels, which
# moves this network by up to 1e-3; bicubic, cropping, BGR move it by more than 2e-2
RESIZED = 3e-3


def reference_cls(tensors, windows, heads):
    """CLS token after the final norm, from the paper's formulas, in float64."""
    from PIL import Image

    squashed = [
        np.asarray(
            Image.fromarray(window).resize((224, 224), Image.Resampling.BILINEAR)
        )
        for window in windows
    ]
    pixels = torch.tensor(np.stack(squashed), dtype=torch.float64) / 255
    pixels = pixels - torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64)
    pixels = pixels / torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64)
    t = {name: value.double() for name, value in tensors.items()}
    d = t["cls_token"].shape[-1]
    patches = pixels.reshape(-1, 16, 14, 16, 14, 3).permute(0, 1, 3, 5, 2, 4)
    patches = patches.reshape(len(windows), 256, 3 * 14 * 14)
    x = patches @ t["patch_embed.proj.weight"].reshape(d, -1).T
    x = x + t["patch_embed.proj.bias"]
    x = torch.cat([t["cls_token"].expand(len(x), 1, d), x], dim=1) + t["pos_embed"]
    depth = 1 + max(int(n.split(".")[1]) for n in t if n.startswith("blocks."))
    for i in range(depth):
        own = f"blocks.{i}."
        b = {n[len(own) :]: v for n, v in t.items() if n.startswith(own)}
        x = x + b["ls1.gamma"] * attention(normed(x, b, "norm1"), b, heads)
        x = x + b["ls2.gamma"] * mlp(normed(x, b, "norm2"), b)
    return normed(x, t, "norm")[:, 0].numpy()


def normed(x, t, name):
    centred = x - x.mean(-1, keepdim=True)
    scale = torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-6)
    return centred / scale * t[f"{name}.weight"] + t[f"{name}.bias"]


def attention(x, b, heads):
    n, tokens, d = x.shape
    qkv = x @ b["attn.qkv.weight"].T + b["attn.qkv.bias"]
    q, k, v = (
        part.reshape(n, tokens, heads, d // heads).transpose(1, 2)
        for part in qkv.split(d, dim=-1)
    )
    weights = torch.softmax(q @ k.transpose(-1, -2) / (d // heads) ** 0.5, dim=-1)
    mixed = (weights @ v).transpose(1, 2).reshape(n, tokens, d)
    return mixed @ b["attn.proj.weight"].T + b["attn.proj.bias"]


def mlp(x, b):
    if "mlp.w12.weight" in b:
        gate, value = (x @ b["mlp.w12.weight"].T + b["mlp.w12.bias"]).chunk(2, -1)
        return (gate * torch.sigmoid(gate) * value) @ b["mlp.w3.weight"].T + b[
            "mlp.w3.bias"
        ]
    h = x @ b["mlp.fc1.weight"].T + b["mlp.fc1.bias"]
    h = h * 0.5 * (1 + torch.erf(h / 2**0.5))
    return h @ b["mlp.fc2.weight"].T + b["mlp.fc2.bias"]


def encode(path, windows, heads=3):
    encoder = encoders.create("dinov2", weights=path, device="cpu", heads=heads)
    return encoder.encode(CellImages(windows))


def same(found, expected, tolerance=EXACT):
    np.testing.assert_allclose(found, expected, atol=tolerance, rtol=1e-4)


def test_the_embedding_is_the_cls_token_after_the_final_norm(
    checkpoint, tensors, squares
):
    same(encode(checkpoint, squares), reference_cls(tensors, squares, heads=3))


def test_a_gated_network_takes_the_first_half_as_its_gate(
    tmp_path, make_tensors, squares
):
    tensors = make_tensors(gated=True, seed=5)
    torch.save(tensors, tmp_path / "gated.pth")
    expected = reference_cls(tensors, squares, heads=3)
    same(encode(tmp_path / "gated.pth", squares), expected)


def test_another_number_of_heads_gives_another_embedding(checkpoint, tensors, squares):
    expected = reference_cls(tensors, squares, heads=4)
    same(encode(checkpoint, squares, heads=4), expected)
    assert np.abs(expected - encode(checkpoint, squares, heads=3)).max() > 1e-2


def test_a_network_of_64_wide_heads_needs_no_number_of_heads(
    tmp_path, make_tensors, squares
):
    tensors = make_tensors(dimension=128, depth=1)
    torch.save(tensors, tmp_path / "two-heads.pth")
    expected = reference_cls(tensors, squares, heads=2)
    same(encode(tmp_path / "two-heads.pth", squares, heads=None), expected)


def test_windows_of_any_size_are_squashed_to_224_px(checkpoint, tensors, windows):
    expected = reference_cls(tensors, windows, heads=3)
    same(encode(checkpoint, windows), expected, tolerance=RESIZED)


def test_large_windows_are_averaged_not_sampled(checkpoint, tensors):
    stripes = np.zeros((1, 448, 448, 3), dtype=np.uint8)
    stripes[:, :, ::2] = 255
    expected = reference_cls(tensors, stripes, heads=3)
    same(encode(checkpoint, stripes), expected, tolerance=RESIZED)
