"""`nnstudio blocks`: listed, written to a file, brought into a project."""

import json
from pathlib import Path

import pytest
from block_networks import BLOCKS, resnet

from nnstudio.cli import main
from nnstudio.project import file
from nnstudio.project.project import Project


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["blocks", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_block_goes_from_one_project_to_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, block = tmp_path / "a.nns", tmp_path / "b.nns", tmp_path / "residual.nnb"
    assert file.write(resnet(), first) == file.write(Project(), second) == ()
    listed = [json.loads(line) for line in said(capsys, "list", str(first), "--json")]
    assert {row["id"]: row["where"] for row in listed} == {"unit": "used 4×", "residual": "used 2×"}
    said(capsys, "export", str(first), "Residual", "--to", str(block))
    assert "is in the project, as 'residual'" in said(capsys, "import", str(block), str(second))[0]
    assert "was there already" in said(capsys, "import", str(block), str(second))[0]
    brought, _ = file.read(second)
    assert brought is not None
    assert {id: each.title for id, each in brought.blocks.items()} == {id: each.title for id, each in BLOCKS.items()}


def test_the_library_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "list", "--library", str(tmp_path))
    assert any("lstm_cell" in line and "ready-made" in line for line in lines)


def test_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = tmp_path / "a.nns"
    file.write(resnet(), first)
    assert main(["blocks", "export", str(first), "residuum", "--to", str(tmp_path / "x.nnb")]) == 1
    assert "Did you mean 'residual'?" in capsys.readouterr().err
    assert main(["blocks", "import", str(tmp_path / "no.nnb"), str(first)]) == 1
    assert main(["blocks", "import", str(first), str(first)]) == 1
    assert "holds no block" in capsys.readouterr().err
