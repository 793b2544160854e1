"""Classes from neighbours: learned at once, judged honestly, counted."""

from napari_dinobloom.classification.calibration import (
    apply_temperature,
    expected_calibration_error,
    fit_temperature,
)
from napari_dinobloom.classification.compiled import compile_kernels
from napari_dinobloom.classification.counts import (
    ClassCount,
    DifferentialCount,
    differential_count,
    wilson_interval,
)
from napari_dinobloom.classification.evaluation import (
    EvaluationReport,
    evaluate,
)
from napari_dinobloom.classification.knn import IncrementalKNN
from napari_dinobloom.classification.scores import MethodScores
from napari_dinobloom.core import Registry

classifiers: Registry[IncrementalKNN] = Registry(
    "classifier", group="napari_dinobloom.classifiers"
)
"""Name → factory taking (n, d) features and parameters by keyword."""

classifiers.register("knn", IncrementalKNN)

__all__ = [
    "ClassCount",
    "DifferentialCount",
    "EvaluationReport",
    "IncrementalKNN",
    "MethodScores",
    "apply_temperature",
    "classifiers",
    "compile_kernels",
    "differential_count",
    "evaluate",
    "expected_calibration_error",
    "fit_temperature",
    "wilson_interval",
]
