"""The generated source: what is shown is what trains. The selected node's lines are marked; a click on a line selects its node.

Within a block that was entered the lines are those of its class; a click on a line of another class selects the block that it is of, or goes there.
"""

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import column, heading, icon_button, row, set_role
from nnstudio.project.flat import drawn, path_of

MOST_COLORED = 5_000
"""Lines; a longer text is shown plain, at once: colours would take seconds."""


class Highlighter(QSyntaxHighlighter):
    """Python, coloured by the theme. Pygments reads the whole text once; lines take their colours from what it found."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spans: list[list[tuple[int, int, str]]] = []

    def read(self, text: str) -> None:
        """Find what is what in `text`, before the document gets it."""
        from pygments.lexers.python import PythonLexer

        self._spans = [[]]
        if text.count("\n") > MOST_COLORED:
            return
        column_ = 0
        found = cast(Iterable[tuple[object, str]], PythonLexer(stripnl=False).get_tokens(text))  # pyright: ignore[reportUnknownMemberType]
        for kind, value in found:
            token = color_token(str(kind))
            for index, part in enumerate(value.split("\n")):
                if index:
                    self._spans.append([])
                    column_ = 0
                if part and token:
                    self._spans[-1].append((column_, len(part), token))
                column_ += len(part)

    def highlightBlock(self, text: str) -> None:
        line = self.currentBlock().blockNumber()
        for start, length, token in self._spans[line] if line < len(self._spans) else ():
            look = QTextCharFormat()
            look.setForeground(theme.color(f"code.{token}"))
            self.setFormat(start, length, look)


TOKENS = (  # the first that the name of Pygments' token begins with
    ("Token.Literal.String.Doc", "docstring"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Name.Decorator", "decorator"),
    ("Token.Name.Class", "class"),
    ("Token.Name.Function", "function"),
    ("Token.Name.Builtin", "builtin"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Operator", "operator"),
    ("Token.Punctuation", "operator"),
)


def color_token(kind: str) -> str:
    """The theme's colour for a Pygments token, "" for plain text."""
    return next((token for start, token in TOKENS if kind.startswith(start)), "")


class CodeView(QPlainTextEdit):
    """Read-only text with line numbers."""

    def __init__(self) -> None:
        super().__init__()
        set_role(self, "code")
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName(tr("Generated code"))
        self.numbers = LineNumbers(self)
        self.updateRequest.connect(self._scrolled)
        self.blockCountChanged.connect(self._make_room)
        self._make_room()

    def _scrolled(self, _area: QRect, _dy: int) -> None:
        self.numbers.update()

    def _make_room(self) -> None:
        self.setViewportMargins(self.numbers.width_wanted(), 0, 0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.contentsRect()
        self.numbers.setGeometry(QRect(area.left(), area.top(), self.numbers.width_wanted(), area.height()))

    def visible_lines(self) -> list[tuple[int, float, float]]:
        """(line from 1, top, height) of the lines in view."""
        lines: list[tuple[int, float, float]] = []
        block = self.firstVisibleBlock()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if area.top() > self.viewport().height():
                break
            lines.append((block.blockNumber() + 1, area.top(), area.height()))
            block = block.next()
        return lines


class LineNumbers(QWidget):
    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def width_wanted(self) -> int:
        digits = max(2, len(str(self._view.blockCount())))
        return self._view.fontMetrics().horizontalAdvance("9" * digits) + 2 * theme.size("space_s")

    def sizeHint(self) -> QSize:
        return QSize(self.width_wanted(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme.color("code.background"))
            painter.setPen(theme.color("code.line_number"))
            painter.setFont(theme.font("mono"))
            width = self.width() - theme.size("space_s")
            for line, top, height in self._view.visible_lines():
                painter.drawText(0, round(top), width, round(height), Qt.AlignmentFlag.AlignRight, str(line))


class CodePanel(QFrame):
    """Title, copy button, the code."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._studio = studio
        self._shown = ""
        self.view = CodeView()
        self._highlighter = Highlighter(self.view.document())
        copy = icon_button("copy", tr("Copy the code"), self.copy, role="bare")
        head = row(None, heading(tr("Code")), None, copy)
        margin = theme.size("space_s")
        head.setContentsMargins(theme.size("space_m"), margin, margin, 0)
        self.setFocusProxy(self.view)
        column(self, head, self.view, gap="space_xs")
        self.setMinimumWidth(theme.size("library"))
        studio.plan_changed.connect(self.refresh)
        studio.selection_changed.connect(self._mark)
        studio.scope.changed.connect(self._mark)
        self.view.cursorPositionChanged.connect(self._clicked_line)
        follow_theme(self, self._dress)

    def _dress(self) -> None:
        self.view.setFont(theme.font("mono"))
        self._highlighter.rehighlight()
        self._mark()
        self.view.numbers.update()

    def showEvent(self, event: object) -> None:
        self.refresh()

    def refresh(self) -> None:
        text = self._studio.code.text
        if self.isVisible() and text != self._shown:
            self._shown = text
            self._highlighter.read(text)
            place = self.view.verticalScrollBar().value()
            self.view.blockSignals(True)
            self.view.setPlainText(text or tr("# The code appears here as soon as the network can be worked out."))
            self.view.blockSignals(False)
            self.view.verticalScrollBar().setValue(place)
        self._mark()

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self._studio.code.text)
        self._studio.message.emit(tr("The code is on the clipboard."), "info")

    def _clicked_line(self) -> None:
        nodes = self._studio.code.nodes_at(self.view.textCursor().blockNumber() + 1)
        if not nodes or not self.view.hasFocus():
            return
        scope = self._studio.scope
        here = [(id, scope.flat_id(id) == node) for node in nodes if (id := scope.node_here(node)) is not None]
        if not here:
            path, id = path_of(drawn(nodes[0]))
            scope.show(tuple(path.split("/")) if path else ())
            here = [(id, True)]
        self._studio.select([max(here, key=lambda each: each[1])[0]])

    def _mark(self) -> None:
        """The background of the selected nodes' lines; the first of them is brought into view."""
        flat = map(self._studio.scope.flat_id, self._studio.selection)
        lines = sorted({line for id in flat for line in self._studio.code.lines.get(id, ())})
        color = QColor(theme.color("code.marked_line"))
        marks: list[QTextEdit.ExtraSelection] = []
        for line in lines:
            mark = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.view.document().findBlockByNumber(line - 1))
            mark.cursor = cursor  # pyright: ignore[reportAttributeAccessIssue]
            mark.format.setBackground(color)  # pyright: ignore[reportAttributeAccessIssue]
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)  # pyright: ignore[reportAttributeAccessIssue]
            marks.append(mark)
        self.view.setExtraSelections(marks)
        if lines and not self.view.hasFocus():
            shown = {line for line, _, _ in self.view.visible_lines()}
            if not shown & set(lines):
                self.view.verticalScrollBar().setValue(max(0, lines[0] - 3))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.view.setFocus()
