"""The look: tokens, icons, fonts, words; and what the app imports, and when."""

import subprocess
import sys
from pathlib import Path

import pytest
import shiboken6
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QFontInfo, QImage
from PySide6.QtWidgets import QApplication, QLabel

from nnstudio.gui.text import byte_size, duration, number, si
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.resources import resources_dir


@pytest.fixture(autouse=True)
def installed(qapp: QApplication) -> None:
    theme.install(qapp)


def inked(image: QImage) -> set[str]:
    """The colours of the opaque pixels."""
    return {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }


def near(one: QColor, other: QColor) -> bool:
    """Equal but for the rounding of blended pixels."""
    return all(abs(a - b) <= 2 for a, b in zip(one.getRgb(), other.getRgb(), strict=True))


def test_every_icon_draws_in_the_asked_colour() -> None:
    for path in (resources_dir() / "icons").glob("*.svg"):
        if path.stem != "nnstudio":
            colors = inked(theme.pixmap(path.stem, "bad", 32, 2.0).toImage())
            assert colors, path.stem
            assert all(near(QColor(color), theme.color("bad")) for color in colors), path.stem


def test_icons_are_sharp_at_every_scale() -> None:
    icon = theme.icon("play")
    for scale in (1.0, 1.5, 2.0):
        pixmap = theme.pixmap("play", scale=scale)
        assert pixmap.width() == 16 * scale
        assert pixmap.deviceIndependentSize().width() == 16
    assert not icon.isNull()


def test_filled_icons_have_more_ink() -> None:
    def ink(name: str) -> int:
        image = theme.pixmap(name, "text", 32, 1.0).toImage()
        return sum(image.pixelColor(x, y).alpha() for x in range(32) for y in range(32))

    assert ink("play:filled") > 1.5 * ink("play")


@pytest.mark.parametrize(
    ("role", "family"), [("body", "Inter"), ("title", "Inter"), ("mono", "JetBrains Mono"), ("formula", "STIXGeneral")]
)
def test_the_shipped_fonts_are_used(role: str, family: str) -> None:
    assert QFontInfo(theme.font(role)).family() == family


def test_a_switch_is_told_to_those_who_live() -> None:
    told: list[str] = []
    owner = QLabel()
    follow_theme(owner, lambda: told.append(theme.color("text").name()))
    theme.set_mode("light")
    theme.set_mode("dark")
    assert len(set(told)) == 2
    count = len(told)
    shiboken6.delete(owner)
    theme.set_mode("light")
    theme.set_mode("dark")
    assert len(told) == count


def test_a_colour_handed_out_is_the_callers_own() -> None:
    theme.color("text").setAlpha(0)
    assert theme.color("text").alpha() == 255
    assert theme.color("text", 0.5).alphaF() == pytest.approx(0.5, abs=0.01)
    with pytest.raises(KeyError):
        theme.color("no_such_token")


def test_the_stylesheet_knows_every_token(qapp: QApplication) -> None:
    sheet = qapp.styleSheet()
    assert sheet.count("{") == sheet.count("}")
    assert QColor(theme.css("accent")).isValid()


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_numbers_as_people_read_them() -> None:
    assert number(51934) == "51\N{THIN SPACE}934"
    assert number(0.3124) == "0.3124"
    assert number(float("nan")) == "–"
    assert number(1234.6) == "1\N{THIN SPACE}235"
    assert si(407_000) == "407 k"
    assert si(2_500_000, "MAC") == "2.5 MMAC"
    assert byte_size(480) == "480 B"
    assert byte_size(1.3 * 2**20) == "1.3 MiB"
    assert duration(131) == "2 min 11 s"
    assert duration(3840) == "1 h 04 min"


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_any_number_can_be_shown(value: float) -> None:
    assert number(value)


@given(st.floats(0, 1e18))
def test_sizes_never_need_more_than_four_digits(value: float) -> None:
    digits = byte_size(value).split()[0]
    assert len(digits.replace(".", "")) <= 4 or value > 2**50


# ── what is imported ──────────────────────────────────────────────────────────────────────────────────────────────────


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_first_paint_needs_qt_alone() -> None:
    heavy = ("torch", "numpy", "pydantic", "networkx", "pyqtgraph", "pygments", "polars", "sklearn")
    code = f"import sys, nnstudio.gui.app, nnstudio.gui.window; print([m for m in {heavy} if m in sys.modules])"
    assert python(code) == "[]"


def test_the_interface_never_imports_torch() -> None:
    code = """
import sys, pkgutil, importlib
import nnstudio.gui as gui
for module in pkgutil.walk_packages(gui.__path__, "nnstudio.gui."):
    importlib.import_module(module.name)
from nnstudio.plugins import load
load()
print([m for m in ("torch", "nnstudio.engine.inspect", "nnstudio.train.loop") if m in sys.modules])
"""
    assert python(code) == "[]"


def test_a_picture_of_the_trained_window(tmp_path: Path) -> None:
    file = tmp_path / "xor.png"
    command = ["screenshot", "gallery:xor", "--to", str(file), "--size", "900x600", "--scale", "2", "--train-for", "1"]
    done = subprocess.run([sys.executable, "-m", "nnstudio", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    image = QImage(str(file))
    assert (image.width(), image.height()) == (1800, 1200)
    assert len(inked(image.scaled(90, 60))) > 20
