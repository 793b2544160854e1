import pytest

from napari_dinobloom.encoding.checkpoint import flatten
from napari_dinobloom.encoding.transformer import recognise

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")


@pytest.mark.parametrize(
    ("name", "dimension", "depth", "heads", "hidden", "mlp"),
    [
        ("vit_small_patch14_dinov2", 384, 12, 6, 1536, "gelu"),
        ("vit_base_patch14_dinov2", 768, 12, 12, 3072, "gelu"),
        ("vit_large_patch14_dinov2", 1024, 24, 16, 4096, "gelu"),
        ("vit_giant_patch14_dinov2", 1536, 40, 24, 4096, "swiglu"),
    ],
)
def test_timm_s_own_networks_are_recognised_by_their_shapes(
    name, dimension, depth, heads, hidden, mlp
):
    with torch.device("meta"):
        network = timm.create_model(name, img_size=224, num_classes=0)
    found = recognise(flatten(network.state_dict(), name), name)
    assert (found.dimension, found.depth, found.heads) == (dimension, depth, heads)
    assert (found.hidden, found.mlp, found.patch_px) == (hidden, mlp, 14)


def test_a_full_size_small_network_gives_what_timm_gives(tmp_path, squares):
    from napari_dinobloom.encoding import CellImages, create
    from napari_dinobloom.encoding.preprocessing import prepare

    torch.manual_seed(0)
    network = timm.create_model(
        "vit_small_patch14_dinov2", img_size=224, num_classes=0, global_pool="token"
    )
    torch.save(network.state_dict(), tmp_path / "timm.pth")
    with torch.inference_mode():
        expected = network.eval()(prepare(squares)).numpy()
    found = create("dinobloom-s", tmp_path / "timm.pth", "cpu")
    assert found.info.name == "dinobloom-s"
    assert abs(found.encode(CellImages(squares)) - expected).max() == 0
