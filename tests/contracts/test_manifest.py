"""What napari is told about the plugin."""

from pathlib import Path

import pytest

import napari_dinobloom

MANIFEST = Path(napari_dinobloom.__file__).parent / "napari.yaml"


def test_the_manifest_is_valid() -> None:
    npe2 = pytest.importorskip("npe2")
    manifest = npe2.PluginManifest.from_file(MANIFEST)
    assert manifest.name == "napari-dinobloom"
    manifest.validate_imports()


def test_every_contribution_has_a_command_that_exists() -> None:
    npe2 = pytest.importorskip("npe2")
    contributions = npe2.PluginManifest.from_file(MANIFEST).contributions
    commands = {command.id for command in contributions.commands or []}
    named = [
        *(widget.command for widget in contributions.widgets or []),
        *(reader.command for reader in contributions.readers or []),
        *(writer.command for writer in contributions.writers or []),
        *(s.command for s in contributions.sample_data or [] if hasattr(s, "command")),
    ]
    assert named
    assert set(named) <= commands
