"""What was said since the program began, to be read again: messages that have gone by themselves, too."""

from collections.abc import Iterable

from PySide6.QtWidgets import QWidget

from nnstudio.gui.message_bar import Said
from nnstudio.gui.problems_panel import severity_word, sign
from nnstudio.gui.sheets import Sheet
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import column, label, panel, row


def show_messages(window: QWidget, said: Iterable[Said]) -> Sheet:
    """The newest first."""
    content = panel("")
    layout = column(content, gap="space_m")
    for one in reversed(list(said)):
        words = label(one.text, wrap=True, select=True)
        words.setAccessibleName(f"{severity_word(one.severity)}, {one.at:%H:%M}: {one.text}")
        line = row(None, sign(one.severity), words, label(f"{one.at:%H:%M}", "muted"))
        line.setStretch(1, 1)
        layout.addLayout(line)
    if not layout.count():
        layout.addWidget(label(tr("Nothing was said yet. Errors and remarks will be listed here."), "muted", wrap=True))
    return Sheet(window, tr("Messages"), content, wide=True)
