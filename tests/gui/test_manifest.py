"""What napari's menus offer works, offline."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from npe2 import PluginManifest

from napari_dinobloom.gui import contributions
from napari_dinobloom.gui.settings import Settings
from napari_dinobloom.storage import create_study

MANIFEST = Path(contributions.__file__).parents[1] / "napari.yaml"


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    return PluginManifest.from_file(MANIFEST)


def test_every_command_of_the_manifest_can_be_imported(manifest):
    manifest.validate_imports()


def test_every_id_starts_with_the_plugin_and_every_menu_entry_is_a_command(manifest):
    ids = {command.id for command in manifest.contributions.commands}
    assert all(i.startswith("napari-dinobloom.") for i in ids)
    entries = [e for menu in manifest.contributions.menus.values() for e in menu]
    assert {entry.command for entry in entries} <= ids


def test_the_settings_page_has_the_defaults_of_the_program(manifest):
    page = manifest.contributions.configurations["general"].properties
    assert {name: prop.default for name, prop in page.items()} == asdict(Settings())


def test_every_sample_is_a_colour_picture_with_a_scale(manifest):
    for sample in manifest.contributions.sample_data:
        name = sample.command.split(".")[1]
        [(pixels, placed, kind)] = getattr(contributions, name)()
        assert kind == "image"
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3
        assert 0.01 < placed["scale"][0] < 1
        assert placed["metadata"]["synthetic"]


def test_the_reader_takes_studies_and_leaves_pictures_to_napari(tmp_path):
    create_study(tmp_path / "a.study").close()
    (tmp_path / "b.study").mkdir()
    assert contributions.study_reader(str(tmp_path / "a.study")) is not None
    assert contributions.study_reader(str(tmp_path / "b.study")) is None
    assert contributions.study_reader(str(tmp_path / "a.png")) is None
    assert contributions.study_reader([str(tmp_path / "a.study")]) is None
    patterns = {
        pattern
        for reader in PluginManifest.from_file(MANIFEST).contributions.readers
        for pattern in reader.filename_patterns
    }
    assert patterns == {"*.study"}
