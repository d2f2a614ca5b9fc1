"""Everything the program ships is there, is found, and is what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnstudio.resources import ResourceNotFoundError, resource, resources_dir

FULL_SET = Path("/usr/share/datasets/fashion-mnist")
FORMULA_SIGNS = "←θηβσ√ε∇²₁₂‖·×≤∂Σx\u0302m\u0302"


def test_missing_resource_names_the_path() -> None:
    with pytest.raises(ResourceNotFoundError, match=re.escape(str(resources_dir() / "icons" / "no-such.svg"))):
        resource("icons/no-such.svg")


@pytest.mark.parametrize("name", ["", "../pyproject.toml", "/etc/passwd", "icons/../../LICENSE", "icons\\play.svg"])
def test_a_name_stays_inside(name: str) -> None:
    with pytest.raises(ValueError, match="inside the resources folder"):
        resource(name)


def test_resources_need_neither_qt_nor_torch() -> None:
    code = (
        "import sys, nnstudio.resources as r; r.resource('icons/play.svg'); "
        "print([m for m in ('PySide6', 'torch', 'numpy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("folder", ["fonts", "icons", "data/fashion_mnist"])
def test_licences_lie_beside(folder: str) -> None:
    assert [p for p in resource(folder).iterdir() if p.name.startswith("LICENSE") and p.stat().st_size > 1000]


def test_icons_are_one_set() -> None:
    icons = [p for p in resource("icons").glob("*.svg") if p.name != "nnstudio.svg"]
    assert len(icons) >= 70
    for path in icons:
        text = path.read_text("utf-8")
        assert 'stroke="currentColor"' in text, path.name
        assert 'stroke-width="1.6"' in text, path.name
        assert 'viewBox="0 0 24 24"' in text, path.name


def test_icons_and_fonts_load(qapp: object) -> None:
    from PySide6.QtGui import QFontDatabase, QRawFont
    from PySide6.QtSvg import QSvgRenderer

    for path in resource("icons").glob("*.svg"):
        assert QSvgRenderer(str(path)).isValid(), path.name
    faces: dict[str, list[QRawFont]] = {}
    for path in resource("fonts").glob("*.[ot]tf"):
        number = QFontDatabase.addApplicationFont(str(path))
        assert number >= 0, path.name
        faces.setdefault(QFontDatabase.applicationFontFamilies(number)[0], []).append(QRawFont(str(path), 12))
    assert {"Inter", "JetBrains Mono", "STIXGeneral"} <= set(faces)
    every = [face for family in ("STIXGeneral", "Inter") for face in faces[family]]
    assert [c for c in FORMULA_SIGNS if not any(face.supportsCharacter(ord(c)) for face in every)] == []


def test_fashion_mnist_sample() -> None:
    path = resource("data/fashion_mnist/fashion_mnist_sample.npz")
    assert path.stat().st_size <= 4_000_000
    with np.load(path, allow_pickle=False) as arrays:
        for part, count in (("train", 600), ("test", 100)):
            images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
            assert images.dtype == labels.dtype == np.uint8
            assert images.shape == (10 * count, 28, 28)
            assert np.bincount(labels).tolist() == [count] * 10


@pytest.mark.full_data
@pytest.mark.skipif(not FULL_SET.is_dir(), reason=f"no full Fashion-MNIST in {FULL_SET}")
def test_fashion_mnist_sample_is_what_the_maker_makes(tmp_path: Path) -> None:
    tool = Path(__file__).parent.parent / "tools" / "make_fashion_mnist_sample.py"
    made = tmp_path / "sample.npz"
    subprocess.run([sys.executable, str(tool), str(FULL_SET), "--to", str(made)], check=True, timeout=120)
    with np.load(made) as new, np.load(resource("data/fashion_mnist/fashion_mnist_sample.npz")) as old:
        for name in old.files:
            assert np.array_equal(new[name], old[name]), name
