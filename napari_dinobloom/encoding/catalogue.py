"""The published networks: what they are, who made them, where their weights lie."""

from dataclasses import dataclass

from napari_dinobloom.encoding.protocol import WINDOW_UM, EncoderInfo
from napari_dinobloom.encoding.transformer import INPUT_PX

ZENODO = "https://zenodo.org/records/10908163/files"
HUGGING_FACE = "https://huggingface.co"

_DINOBLOOM = (
    "Koch et al., DinoBloom: A Foundation Model for Generalizable Cell Embeddings in "
    "Hematology, MICCAI 2024, arXiv:2404.05022"
)
_REDDINO = (
    "Zedda et al., RedDino: A Foundation Model for Red Blood Cell Analysis, 2025, "
    "https://github.com/Snarci/RedDino"
)


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights that can be fetched.

    Parameters
    ----------
    name
        The encoder it belongs to.
    filename
        Its name in the weights folder, and on a mirror.
    url
        Where its makers publish it.
    size_mb
        About how large it is.
    sha256
        Its digest where one could be looked up, else None: then the digest of the
        first download is kept and every later reading is held against it.
    sha256_source
        Who stated that digest.
    """

    name: str
    filename: str
    url: str
    size_mb: int
    sha256: str | None = None
    sha256_source: str = ""


def _dinobloom(size: str, dimension: int, parameters: str, say: str) -> EncoderInfo:
    return EncoderInfo(
        name=f"dinobloom-{size}",
        dimension=dimension,
        input_px=INPUT_PX,
        window_um=WINDOW_UM,
        family="dinobloom",
        licence="Apache-2.0",
        citation=_DINOBLOOM,
        needs_weights=True,
        scaling="none",
        description=f"DinoBloom-{size.upper()}, {parameters} parameters. {say}",
    )


def _reddino(size: str, dimension: int, parameters: str) -> EncoderInfo:
    return EncoderInfo(
        name=f"reddino-{size[0]}",
        dimension=dimension,
        input_px=INPUT_PX,
        window_um=WINDOW_UM,
        family="reddino",
        licence="Apache-2.0",
        citation=_REDDINO,
        needs_weights=True,
        scaling="none",
        description=f"RedDino-{size}, {parameters} parameters, trained on red cells.",
    )


NETWORKS: dict[str, EncoderInfo] = {
    network.name: network
    for network in (
        _dinobloom("s", 384, "22 M", "The one for a computer without graphics card."),
        _dinobloom("b", 768, "86 M", "The usual choice with a graphics card."),
        _dinobloom("l", 1024, "303 M", "Slower; wants a graphics card."),
        _dinobloom("g", 1536, "1.1 G", "The largest; wants 8 GB of graphics memory."),
        _reddino("small", 384, "22 M"),
        _reddino("base", 768, "86 M"),
        _reddino("large", 1024, "303 M"),
        EncoderInfo(
            name="dinov2",
            dimension=None,
            input_px=INPUT_PX,
            window_um=WINDOW_UM,
            family="dinov2",
            licence="",
            citation="Oquab et al., DINOv2, 2023, arXiv:2304.07193",
            needs_weights=True,
            scaling="none",
            description="A DINOv2 network of your own training, loaded from a path.",
        ),
    )
}
"""Every network by name; "dinov2" stands for whatever checkpoint a person brings."""

WEIGHT_FILES: dict[str, WeightFile] = {
    file.name: file
    for file in (
        WeightFile(
            "dinobloom-s",
            "DinoBloom-S.pth",
            f"{ZENODO}/DinoBloom-S.pth?download=1",
            87,
            "c2f7990b003e89bcece80e379fb8fe0ba2ec392ce19b286e8a294abd99568e44",
            "KatherLab/STAMP, which checks it at each download from Zenodo",
        ),
        WeightFile(
            "dinobloom-b",
            "DinoBloom-B.pth",
            f"{ZENODO}/DinoBloom-B.pth?download=1",
            343,
        ),
        WeightFile(
            "dinobloom-l",
            "DinoBloom-L.pth",
            f"{ZENODO}/DinoBloom-L.pth?download=1",
            1214,
        ),
        WeightFile(
            "dinobloom-g",
            "DinoBloom-G.pth",
            f"{ZENODO}/DinoBloom-G.pth?download=1",
            4543,
        ),
        *(
            WeightFile(
                f"reddino-{size[0]}",
                f"RedDino-{size}.safetensors",
                f"{HUGGING_FACE}/Snarcy/RedDino-{size}/resolve/main/model.safetensors",
                megabytes,
            )
            for size, megabytes in (("small", 87), ("base", 343), ("large", 1214))
        ),
    )
}
"""Every file that can be fetched, by the encoder it belongs to."""
