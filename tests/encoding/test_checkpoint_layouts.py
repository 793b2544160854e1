import numpy as np
import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.encoding import CellImages, create, encoders

torch = pytest.importorskip("torch")


def encode(path, windows):
    encoder = encoders.create("dinov2", weights=path, device="cpu", heads=3)
    return encoder.encode(CellImages(windows))


def saved(tmp_path, held, name="other.pth"):
    torch.save(held, tmp_path / name)
    return tmp_path / name


def as_teacher(tensors):
    backbone = {f"backbone.{name}": value for name, value in tensors.items()}
    heads = {
        "dino_head.mlp.0.weight": torch.zeros(4, 4),
        "ibot_head.last_layer.weight_g": torch.zeros(4, 1),
    }
    return {"teacher": {**backbone, **heads}}


def as_timm(tensors):
    return {
        name.replace(".w12.", ".fc1.").replace(".w3.", ".fc2."): value
        for name, value in tensors.items()
        if name != "mask_token"
    }


def chunked(tensors, per_chunk, *, restart):
    """As FSDP stores the blocks; the inner number counts on or begins anew."""
    renamed = {}
    for name, value in tensors.items():
        if name.startswith("blocks."):
            _, number, rest = name.split(".", 2)
            chunk = int(number) // per_chunk
            inner = int(number) % per_chunk if restart else int(number)
            name = f"blocks.{chunk}.{inner}.{rest}"
        renamed[name] = value
    return renamed


@pytest.mark.parametrize("gated", [False, True])
def test_three_layouts_give_the_same_embedding(tmp_path, make_tensors, windows, gated):
    tensors = make_tensors(gated=gated)
    flat = encode(saved(tmp_path, tensors, "flat.pth"), windows)
    teacher = encode(saved(tmp_path, as_teacher(tensors), "teacher.pth"), windows)
    timm = encode(saved(tmp_path, as_timm(tensors), "timm.pth"), windows)
    np.testing.assert_array_equal(flat, teacher)
    np.testing.assert_array_equal(flat, timm)


def test_safetensors_give_the_same_embedding(tmp_path, tensors, checkpoint, windows):
    save_file = pytest.importorskip("safetensors.torch").save_file
    save_file(as_timm(tensors), tmp_path / "small.safetensors")
    found = encode(tmp_path / "small.safetensors", windows)
    np.testing.assert_array_equal(found, encode(checkpoint, windows))


@pytest.mark.parametrize("restart", [False, True])
def test_blocks_in_chunks_are_put_in_one_row(tmp_path, make_tensors, windows, restart):
    tensors = make_tensors(depth=4)
    in_chunks = chunked(tensors, per_chunk=2, restart=restart)
    expected = encode(saved(tmp_path, tensors, "row.pth"), windows)
    found = encode(saved(tmp_path, in_chunks, "chunks.pth"), windows)
    np.testing.assert_array_equal(found, expected)


def test_half_precision_weights_are_read_as_single(tmp_path, tensors, windows):
    half = {name: value.half() for name, value in tensors.items()}
    single = {name: value.float() for name, value in half.items()}
    expected = encode(saved(tmp_path, single, "single.pth"), windows)
    found = encode(saved(tmp_path, half, "half.pth"), windows)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("layout", [dict, as_teacher])
def test_the_given_tensors_are_left_as_they_were(make_tensors, layout):
    from napari_dinobloom.encoding.checkpoint import flatten

    held = layout(make_tensors(gated=True))
    inner = held.get("teacher", held)
    names = list(inner)
    copies = {name: value.clone() for name, value in inner.items()}
    flatten(held, "held.pth")
    assert list(inner) == names
    assert all(torch.equal(inner[name], copies[name]) for name in names)


def test_a_plain_dinov2_file_of_518_px_is_refused_in_words(tmp_path, make_tensors):
    path = saved(tmp_path, make_tensors(tokens=1370), "DinoBloom-S.pth")
    with pytest.raises(BadInputError) as refusal:
        create("dinobloom-s", weights=path, device="cpu")
    said = str(refusal.value)
    assert "DinoBloom-S.pth holds pos_embed for 518 px (1, 1370, 48)" in said
    assert "trained at 224 px (1, 257, 48)" in said
    assert "napari-dinobloom weights fetch" in refusal.value.remedy


@pytest.mark.parametrize("name", ["register_tokens", "reg_token"])
def test_register_tokens_are_refused(tmp_path, tensors, name):
    path = saved(tmp_path, {**tensors, name: torch.zeros(1, 4, 48)})
    with pytest.raises(BadInputError, match="register tokens"):
        encoders.create("dinov2", weights=path, device="cpu", heads=3)


def test_another_size_than_asked_for_is_named(tmp_path, make_tensors):
    path = saved(tmp_path, make_tensors(dimension=384, depth=1), "DinoBloom-S.pth")
    with pytest.raises(BadInputError, match=r"384 .*dinobloom-b gives 768") as refusal:
        create("dinobloom-b", weights=path, device="cpu")
    assert "It fits dinobloom-s." in refusal.value.remedy


def test_missing_tensors_are_listed(tmp_path, tensors):
    short = {n: v for n, v in tensors.items() if n not in ("norm.weight", "norm.bias")}
    with pytest.raises(BadInputError, match=r"lacks norm.weight, norm.bias \(2\)"):
        encoders.create("dinov2", weights=saved(tmp_path, short), heads=3)


def test_left_over_and_ill_shaped_tensors_are_listed(tmp_path, tensors):
    odd = {
        **tensors,
        "adapter.weight": torch.zeros(2),
        "blocks.1.ls2.gamma": torch.zeros(7),
    }
    with pytest.raises(BadInputError) as refusal:
        encoders.create("dinov2", weights=saved(tmp_path, odd), heads=3)
    assert "unknown adapter.weight" in str(refusal.value)
    assert "blocks.1.ls2.gamma (7,) instead of (48,)" in str(refusal.value)


def test_a_network_without_transformer_blocks_is_refused(tmp_path, tensors):
    bare = {n: v for n, v in tensors.items() if not n.startswith("blocks.")}
    with pytest.raises(BadInputError, match="no transformer blocks"):
        encoders.create("dinov2", weights=saved(tmp_path, bare), heads=3)


def test_heads_that_cannot_be_known_are_asked_for(checkpoint):
    with pytest.raises(BadInputError, match="48 columns") as refusal:
        encoders.create("dinov2", weights=checkpoint)
    assert "heads=" in refusal.value.remedy


class Bystander:
    """An object that a pickle would build."""


def test_pickled_objects_are_never_built(tmp_path, tensors):
    path = saved(tmp_path, {"teacher": tensors, "config": Bystander()})
    with pytest.raises(BadInputError, match="could run code"):
        create("dinobloom-s", weights=path, device="cpu")


@pytest.mark.parametrize("share", [0.5, 0.999])
def test_a_truncated_file_is_refused(checkpoint, share):
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BadInputError, match="cut short"):
        create("dinobloom-s", weights=checkpoint, device="cpu")


def test_truncated_safetensors_are_refused(tmp_path, tensors):
    save_file = pytest.importorskip("safetensors.torch").save_file
    path = tmp_path / "small.safetensors"
    save_file(as_timm(tensors), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(BadInputError, match="cut short"):
        create("dinobloom-s", weights=path, device="cpu")


@pytest.mark.parametrize("content", [b"<!DOCTYPE html><title>Sign in", b"", b"\x89PNG"])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "DinoBloom-S.pth"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"DinoBloom-S.pth is not a checkpoint"):
        create("dinobloom-s", weights=path, device="cpu")


def test_a_tensor_alone_is_no_network(tmp_path):
    with pytest.raises(BadInputError, match="holds a Tensor"):
        create("dinobloom-s", weights=saved(tmp_path, torch.zeros(3)), device="cpu")


def test_another_kind_of_network_is_refused(tmp_path):
    held = {"conv1.weight": torch.zeros(3, 3)}
    with pytest.raises(BadInputError, match="lacks cls_token"):
        create("dinobloom-s", weights=saved(tmp_path, held), device="cpu")


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(BadInputError, match=r"no file .*nowhere\.pth"):
        create("dinobloom-s", weights=tmp_path / "nowhere.pth", device="cpu")


def test_a_network_of_ones_own_wants_a_path():
    with pytest.raises(BadInputError, match="weights="):
        create("dinov2")
