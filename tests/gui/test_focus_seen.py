"""Where is the keyboard? Every stop of every place says its name and looks other with the focus than without."""

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.skeleton import PLACES
from nnstudio.gui.theme import Mode, theme
from nnstudio.gui.window import MainWindow
from nnstudio.problems import Fix, Problem


def stops(window: QWidget) -> list[QWidget]:
    """What Tab comes to, in its order."""
    found: list[QWidget] = []
    widget = window.nextInFocusChain()
    while widget is not window:
        tabbed = (widget.focusPolicy() & Qt.FocusPolicy.TabFocus) == Qt.FocusPolicy.TabFocus
        if tabbed and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None:
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def seen(window: QWidget, stop: QWidget) -> npt.NDArray[np.uint32]:
    """What the window shows there and close by."""
    QApplication.processEvents()
    area = QRect(stop.mapTo(window, QPoint(0, 0)), stop.size()).adjusted(-4, -4, 4, 4) & window.rect()
    image = window.grab(area).toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return pixels[:, : image.width()].copy()


def named(stop: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(stop)
    return interface.text(QAccessible.Text.Name).strip()


def faults(window: QWidget) -> list[str]:
    """Of all stops of what is shown: those without a name, and those around which no line shows that the focus is there."""
    wrong: list[str] = []
    for stop in stops(window):
        what = f"{type(stop).__name__} “{named(stop)}” in {type(stop.parentWidget()).__name__}"
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        bring_into_view(stop)
        with_focus = seen(window, stop)
        stop.clearFocus()
        changed = int((with_focus != seen(window, stop)).sum())
        size = stop.visibleRegion().boundingRect().size()
        if changed < max(1, size.width() + size.height()):  # a caret alone is less
            wrong.append(f"{what}: its focus is not seen")
        if not named(stop):
            wrong.append(f"{what}: no name")
    return wrong


def bring_into_view(stop: QWidget) -> None:
    outer = stop.parentWidget()
    while outer is not None:
        if isinstance(outer, QScrollArea):
            outer.ensureWidgetVisible(stop)
        outer = outer.parentWidget()


def test_the_walk_comes_to_what_there_is(window: MainWindow) -> None:
    """A check of nothing would find no fault."""
    window.show_place("data")
    kinds = {type(stop).__name__ for stop in stops(window)}
    assert {"DatasetCard", "NameField", "QLineEdit", "ToolButton", "ValueEdit"} <= kinds


@pytest.mark.parametrize("place", PLACES)
def test_every_stop_of_every_place_shows_its_focus_and_has_a_name(window: MainWindow, place: str) -> None:
    window.show_place(place)
    assert faults(window) == []


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_every_panel_of_the_model_shows_its_focus(window: MainWindow, mode: Mode) -> None:
    theme.set_mode(mode)
    model = window.place_widget("model")
    assert isinstance(model, ModelPlace)
    for name in model.panels:
        if not model.shown(name):
            model.toggle(name)
    window.studio.select(["conv2"])
    window.studio.problems = (Problem("x.y", "It is wrong.", node="conv1", fix=Fix("Mend it", "node", {})),)
    window.studio.problems_changed.emit()
    assert faults(window) == []
