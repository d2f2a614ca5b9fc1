"""What the tokens say of contrast reaches the widgets."""

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.theme import Mode, theme


@pytest.mark.parametrize("mode", ["dark", "light"])
@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit, QTextEdit])
def test_hints_in_empty_fields_have_the_colour_that_can_be_read(
    kind: type[QWidget], mode: Mode, qapp: QApplication, qtbot: QtBot
) -> None:
    """The stylesheet's colour of words would give them half of it."""
    theme.install(qapp)
    theme.set_mode(mode)
    field = kind()
    qtbot.addWidget(field)
    field.ensurePolished()
    assert field.palette().placeholderText().color() == theme.color("placeholder")
