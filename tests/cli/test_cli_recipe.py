"""`nnstudio recipe`: presets listed, kept, applied; recipes compared in words."""

import json
from pathlib import Path

import pytest

from nnstudio.cli import main
from nnstudio.project import file
from nnstudio.project.presets import bundled


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["recipe", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_recipes_are_kept_applied_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    presets, project = ["--presets", str(tmp_path / "kept")], str(tmp_path / "spirals.nns")
    said(capsys, "apply", "plain SGD", "gallery:spirals", "--out", project, *presets)
    written, _ = file.read(project)
    assert written is not None
    assert written.recipe.optimizer.type == "torch.sgd"
    assert said(capsys, "diff", project, "plain sgd", *presets) == ["Nothing differs."]
    assert "optimizer: SGD (lr 0.1) → Adam (lr 0.002)" in said(capsys, "diff", project, "course default", *presets)
    said(capsys, "save", project, "mine", *presets)
    names = [json.loads(line)["name"] for line in said(capsys, "list", "--json", *presets)]
    assert names == [*(preset.name for preset in bundled()), "mine"]
    assert said(capsys, "diff", project, "mine", *presets) == ["Nothing differs."]


def test_what_is_neither_a_preset_nor_a_project_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipe", "diff", "gallery:xor", "plane SGD", "--presets", str(tmp_path)]) == 1
    assert "Did you mean 'plain SGD'?" in capsys.readouterr().err
    assert main(["recipe", "apply", "plain SGD", "gallery:xor", "--presets", str(tmp_path)]) == 1
    assert "--out" in capsys.readouterr().err
