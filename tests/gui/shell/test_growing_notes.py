"""The notes of a project are as high as their text."""

from PySide6.QtWidgets import QApplication, QPlainTextEdit

from nnstudio.gui.widgets.growing_edit import MOST, GrowingEdit
from nnstudio.gui.window import MainWindow


def seen_whole(edit: QPlainTextEdit) -> bool:
    return edit.verticalScrollBar().maximum() == 0


def test_no_line_of_the_notes_is_cut_off(window: MainWindow) -> None:
    window.studio.open_example("fashion_mnist_lenet")
    window.resize(1600, 1000)
    QApplication.processEvents()
    (notes,) = [edit for edit in window.findChildren(GrowingEdit) if edit.isVisible()]
    notes.clear()
    low = notes.height()
    heights: list[int] = []
    for count in (1, 4, 8, 19):
        notes.setPlainText("\n".join(["A line that is so long that it is broken in two, or in three"] * count))
        QApplication.processEvents()
        assert seen_whole(notes)
        heights.append(notes.height())
    assert heights == sorted(heights)
    assert heights[-1] > 4 * low
    notes.setPlainText("line\n" * 10 * MOST)
    QApplication.processEvents()
    assert not seen_whole(notes), "what is longer than any panel scrolls"
    notes.clear()
    assert notes.height() == low
