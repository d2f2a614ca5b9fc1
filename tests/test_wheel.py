"""The wheel carries all that the program needs, and nothing it does not."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [
    pytest.mark.install,
    pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="not a source checkout"),
]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_every_resource_is_in_it(names: list[str]) -> None:
    ours = {p.relative_to(ROOT / "resources").as_posix() for p in (ROOT / "resources").rglob("*") if p.is_file()}
    carried = {n.removeprefix("nnstudio/_resources/") for n in names if n.startswith("nnstudio/_resources/")}
    assert ours == carried


def test_every_module_is_in_it(names: list[str]) -> None:
    core = {p.relative_to(ROOT).as_posix() for p in (ROOT / "nnstudio").rglob("*.py")}
    plugins = {p.relative_to(ROOT / "plugins").as_posix() for p in (ROOT / "plugins").rglob("*.py")}
    assert core | plugins == {n for n in names if n.endswith(".py")}
    assert "nnstudio/py.typed" in names


def test_nothing_else_is_in_it(names: list[str]) -> None:
    tops = {n.partition("/")[0] for n in names}
    packages = {p.name for p in (ROOT / "plugins").iterdir() if (p / "__init__.py").is_file()}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"nnstudio", *packages}


def test_the_licences_are_in_it(names: list[str]) -> None:
    carried = {n.partition(".dist-info/licenses/")[2] for n in names if ".dist-info/licenses/" in n}
    beside = {p.relative_to(ROOT).as_posix() for p in (ROOT / "resources").rglob("LICENSE*")}
    assert carried == {"LICENSE", *beside}
