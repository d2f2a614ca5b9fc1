"""Whoever does not see the window hears what each part is, and reaches it with the keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTextEdit,
    QWidget,
)

from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.skeleton import PLACES
from nnstudio.gui.window import MainWindow

OPERATED = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTextEdit,
)


def said(widget: QWidget) -> str:
    """What a screen reader has to say of it."""
    words = [widget.accessibleName(), widget.toolTip(), widget.property("text"), widget.property("placeholderText")]
    return next((word for word in words if isinstance(word, str) and word.strip()), "")


def inner(widget: QWidget) -> bool:
    """A part that Qt makes for itself, of a widget that has a name."""
    parent = widget.parentWidget()
    return widget.objectName().startswith("qt_") or isinstance(parent, (QAbstractSpinBox, QComboBox, QLineEdit))


def nameless(root: QWidget) -> list[str]:
    found = [widget for kind in OPERATED for widget in root.findChildren(kind)]
    shown = [widget for widget in found if widget.isVisibleTo(root) and not inner(widget)]
    return sorted(
        {f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}" for widget in shown if not said(widget)}
    )


@pytest.mark.parametrize("place", PLACES)
def test_every_part_of_every_place_has_a_name(window: MainWindow, place: str) -> None:
    window.show_place(place)
    QApplication.processEvents()
    assert nameless(window) == []


def test_every_panel_and_overlay_of_the_model_has_a_name(window: MainWindow) -> None:
    model = window.place_widget("model")
    assert isinstance(model, ModelPlace)
    for name in model.panels:
        if not model.shown(name):
            model.toggle(name)
    window.studio.select(list(window.studio.project.graph.nodes)[:1])
    QApplication.processEvents()
    assert nameless(window) == []
    view = model.canvas
    assert view.accessibleName()
    assert view.accessibleDescription()
    fields = [field for field in view.findChildren(QLineEdit) if not inner(field)]
    assert [type(field.parentWidget()).__name__ for field in fields if not said(field)] == []


def test_the_keyboard_reaches_the_canvas_and_the_panels(window: MainWindow) -> None:
    model = window.place_widget("model")
    assert isinstance(model, ModelPlace)
    reached: list[QWidget] = []
    widget: QWidget | None = window
    while (widget := widget.nextInFocusChain()) is not None and widget not in reached:
        reached.append(widget)
    tabbed = [widget for widget in reached if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()]
    assert model.canvas in tabbed
    assert any(model.library.isAncestorOf(widget) for widget in tabbed)
    assert any(model.inspector.isAncestorOf(widget) for widget in tabbed)
