"""The network as a picture: on the clipboard and as a file, whole or selected, in either theme; words stay words."""

from pathlib import Path

import pytest
from canvas_network import CONTROL
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.pictures import SVG, Picture, choose_file, save_picture
from nnstudio.gui.theme import theme


def size(svg: QByteArray) -> tuple[int, int]:
    renderer = QSvgRenderer(svg)
    assert renderer.isValid()
    return round(renderer.viewBoxF().width()), round(renderer.viewBoxF().height())


def test_ctrl_alt_c_copies_vectors_and_pixels(chain: CanvasView) -> None:
    QTest.keyClick(chain, Qt.Key.Key_C, CONTROL | Qt.KeyboardModifier.AltModifier)
    mime = QGuiApplication.clipboard().mimeData()
    svg = mime.data(SVG)
    assert "Conv 2d" in bytes(svg.data()).decode() and "Cross-entropy" in bytes(svg.data()).decode()
    image = QGuiApplication.clipboard().image()
    assert image.width() == 2 * size(svg)[0]


def test_a_selection_alone_is_pictured(chain: CanvasView) -> None:
    whole = Picture(chain)
    chain.studio.select(["conv1", "relu1"])
    part = Picture(chain)
    words = bytes(part.svg().data()).decode()
    assert "ReLU" in words and "Linear" not in words
    assert part.size.width() < whole.size.width()


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_files_are_written_in_either_theme(chain: CanvasView, tmp_path: Path, mode: str) -> None:
    before = theme.mode
    path = tmp_path / "network.png"
    assert save_picture(chain, path, mode)  # type: ignore[arg-type]
    assert theme.mode == before, "the window's own theme is as it was"
    image = QImage(str(path))
    shade = image.pixelColor(2, 2).lightness()
    assert (shade < 100) is (mode == "dark")
    assert save_picture(chain, tmp_path / "network.svg", mode)  # type: ignore[arg-type]
    renderer = QSvgRenderer(str(tmp_path / "network.svg"))
    painted = QImage(200, 100, QImage.Format.Format_ARGB32_Premultiplied)
    painted.fill(Qt.GlobalColor.transparent)
    painter = QPainter(painted)
    renderer.render(painter)
    painter.end()
    assert (painted.pixelColor(1, 1).lightness() < 100) is (mode == "dark")


def test_a_folder_that_is_not_there_is_told(chain: CanvasView, tmp_path: Path) -> None:
    said: list[str] = []
    chain.studio.message.connect(lambda text, _severity: said.append(text))
    assert not save_picture(chain, tmp_path / "nowhere" / "network.svg")
    assert "network.svg" in said[-1]


def test_the_dialog_saves_what_is_chosen(chain: CanvasView, tmp_path: Path) -> None:
    dialog = choose_file(chain)
    dialog.fileSelected.emit(str(tmp_path / "chosen.svg"))
    dialog.close()
    assert (tmp_path / "chosen.svg").stat().st_size > 1000


def test_a_very_long_network_stays_within_bounds(chain: CanvasView) -> None:
    from nnstudio.project.edits import move

    chain.studio.do(move(chain.studio.project, {"loss1": (90_000.0, 0.0)}))
    assert Picture(chain).image().width() <= 16_000
