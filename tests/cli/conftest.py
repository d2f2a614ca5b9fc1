"""The command line, called in this process, with a home of its own."""

from pathlib import Path

import pytest
from cli_helpers import Call, Done

from nnstudio.cli import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a person works, with nothing in it; their own data folder lies in `data`."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def nnstudio(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """`nnstudio("train", "gallery:xor")`."""

    def call(*words: str, shows_tracebacks: bool = False) -> Done:
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
        said = capsys.readouterr()
        assert shows_tracebacks or "Traceback" not in said.out + said.err
        return Done(code, said.out, said.err)

    return call


@pytest.fixture
def xor(home: Path) -> Path:
    """The gallery's XOR as a file of one's own, cut to three epochs."""
    from nnstudio import Project

    project = Project.open("gallery:xor")
    project.set("recipe.epochs", 3)
    return project.save(home / "xor.nns")
