"""How a result was made, so that it can be explained, repeated and seen to be old."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from napari_dinobloom import __version__


@dataclass(frozen=True, slots=True)
class Recipe:
    """Method, version, parameters, seed and inputs of one computed result.

    Parameters
    ----------
    method
        Registered name: "smear", "morphology", "umap", "knn".
    parameters
        JSON values only.
    inputs
        What it was computed from: a name such as "features:morphology" to the version
        that stood then (see `Study.versions`). A result is outdated as soon as one of
        these versions is no longer the standing one.
    fingerprint
        Identifies weights and preprocessing of an encoder; empty elsewhere.
    """

    method: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    version: str = __version__

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ when anything above differs."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """The recipe that `to_json` wrote; keys of later versions are dropped."""
        known = {k: v for k, v in json.loads(text).items() if k in cls.__slots__}
        return cls(**known)

    def same_work_as(self, other: "Recipe") -> bool:
        """Whether rows made by both may stand in one matrix."""
        return self._work == other._work

    @property
    def _work(self) -> str:
        # As JSON: a tuple among the parameters comes back from disk as a list.
        work = (self.method, dict(self.parameters), self.seed, self.fingerprint)
        return json.dumps(work, sort_keys=True)
