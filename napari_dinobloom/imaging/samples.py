"""Public smears to try the program on, fetched and verified file by file."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from napari_dinobloom.core import BadInputError, UnknownNameError

_TIMEOUT_S = 30
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A public collection of smears, pinned to one version of it.

    Attributes
    ----------
    name, title
        For the command line, and for people.
    base_url
        Folder at the pinned commit; a file's path in the registry follows it.
    homepage
        Where people find the collection.
    licence, citation
        Under which it may be used, and what to cite.
    caution
        What it must not be mistaken for.
    """

    name: str
    title: str
    base_url: str
    homepage: str
    licence: str
    citation: str
    caution: str = ""

    def registry(self) -> dict[str, tuple[str, int]]:
        """SHA-256 and size in bytes of each file, by its path below ``base_url``."""
        text = files("napari_dinobloom.imaging") / "registries" / f"{self.name}.txt"
        rows = (line.split() for line in text.read_text("utf-8").splitlines() if line)
        return {path: (sha256, int(size)) for path, sha256, size in rows}


_BCCD = PublicSet(
    "bccd",
    "BCCD: 364 fields with one or more white cells, pale lilac stain",
    "https://raw.githubusercontent.com/Shenggan/BCCD_Dataset/"
    "d272fb14cdff6e473fafeeeba32aba5f560e9e43/BCCD/JPEGImages/",
    "https://github.com/Shenggan/BCCD_Dataset",
    "MIT",
    "BCCD Dataset, S. Cheng, after cosmicad/dataset and N. Chen, 2017-2019.",
    "DinoBloom was trained on these pictures: a score on them is not external.",
)

_CHULA = PublicSet(
    "chula-rbc12",
    "Chula RBC-12: 200 fields of red cells, thalassaemia among them",
    "https://raw.githubusercontent.com/Chula-PIC-Lab/Chula-RBC-12-Dataset/"
    "fa130f48135d79bbd69f8e540b533511017d6896/Dataset/",
    "https://github.com/Chula-PIC-Lab/Chula-RBC-12-Dataset",
    "MIT",
    "Naruenatthanaset et al., Red Blood Cell Segmentation with Overlapping Cell "
    "Separation and Classification on Imbalanced Dataset, arXiv:2012.01321.",
    "Hardly any white cells; neighbouring numbers come from one smear.",
)

_PBC = PublicSet(
    "pbc",
    "PBC (Acevedo): 320 single cells of 8 classes, CellaVision",
    "https://raw.githubusercontent.com/AuralinACC/Blood-Cell-Classification/"
    "d2e7b75e11e21df3fb39f4d1d30004381663d96a/PBC_dataset_normal_DIB/",
    "https://doi.org/10.17632/snkd93bnjr.1",
    "CC BY 4.0",
    "Acevedo et al., A dataset of microscopic peripheral blood cell images for "
    "development of automatic recognition systems, Data in Brief 30:105474, 2020.",
    "Pictures of single cells, one folder per class; no patients are named.",
)

PUBLIC_SETS: Mapping[str, PublicSet] = MappingProxyType(
    {s.name: s for s in (_BCCD, _CHULA, _PBC)}
)
"""Collections by name. Only their addresses and checksums are part of this program."""


def fetch_public_set(
    name: str,
    limit: int | None = None,
    folder: Path | None = None,
    base_url: str | None = None,
) -> Generator[tuple[int, int], None, Path]:
    """Fetch a public set, yielding (files done, files in all); return its folder.

    Each file is streamed to a temporary name, cut off beyond its known size, checked
    against its SHA-256, and only then given its own name: interrupted, the next call
    goes on where this one stopped. ``ABOUT.txt`` beside them names licence and source.

    Parameters
    ----------
    name
        Of one of ``PUBLIC_SETS``.
    limit
        How many files, spread evenly over the set; without it all.
    folder
        Where to; without it the user's cache.
    base_url
        A mirror, ending in ``/``.

    Raises
    ------
    UnknownNameError
        No such set.
    BadInputError
        No network, a file that is gone or not what it was, or a disk that is full.
    """
    if name not in PUBLIC_SETS:
        raise UnknownNameError(
            f"There is no public set called {name!r}.",
            f"Known: {', '.join(PUBLIC_SETS)}.",
        )
    public = PUBLIC_SETS[name]
    target = Path(folder) if folder is not None else _cache() / name
    registry = public.registry()
    wanted = _spread(list(registry), limit)
    yield 0, len(wanted)
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / "ABOUT.txt").write_text(_about(public), encoding="utf-8")
        for done, path in enumerate(wanted, start=1):
            sha256, size = registry[path]
            _fetch_file(base_url or public.base_url, path, sha256, size, target)
            yield done, len(wanted)
    except OSError as error:
        raise BadInputError(
            f"{public.title} cannot be fetched to {target} ({error}).",
            "Check the network and the disk, then call again: files that are here "
            f"already are kept. By hand: {public.homepage}",
        ) from error
    return target


def _fetch_file(base: str, path: str, sha256: str, size: int, target: Path) -> None:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    name = Path(path)
    try:
        pooch.retrieve(
            base + path,
            known_hash=f"sha256:{sha256}",
            fname=name.name,
            path=target / name.parent,
            downloader=_Bounded(size),
        )
    except ValueError as error:
        if isinstance(error, OSError):  # what requests says of an impossible address
            raise
        raise BadInputError(
            f"{base}{path} is not the file that was checked for this version "
            "(its SHA-256 differs); it was not kept.",
            "Try again later; if it stays so, tell us, and do not use the file.",
        ) from error


class _Bounded:
    """A downloader that stops where the file should have ended."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        import requests

        left = self._size
        with (
            requests.get(url, stream=True, timeout=_TIMEOUT_S) as answer,
            Path(output_file).open("wb") as file,
        ):
            answer.raise_for_status()
            for chunk in answer.iter_content(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    # too long already: the checksum will say so
                    file.write(chunk)
                    return
                file.write(chunk)


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("napari-dinobloom") / "samples"


def _spread(paths: list[str], limit: int | None) -> list[str]:
    if limit is None or limit >= len(paths):
        return paths
    if limit < 1:
        raise BadInputError(f"{limit} files cannot be fetched; ask for one at least.")
    return [paths[i * len(paths) // limit] for i in range(limit)]


def _about(public: PublicSet) -> str:
    lines = (
        public.title,
        public.homepage,
        f"Licence: {public.licence}",
        f"Please cite: {public.citation}",
        public.caution,
    )
    return "\n".join(line for line in lines if line) + "\n"
