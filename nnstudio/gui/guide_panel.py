"""The guide of a lab: a text to follow beside the canvas, whose links do what they say."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QWidget

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import column, heading, panel, row
from nnstudio.problems import NNStudioError
from nnstudio.project.guide import Link, guide_text, read_link, settings_edit

LINE_HEIGHT = 125.0  # per cent


class GuidePanel(QWidget):
    """Shows the Markdown that belongs to the project; a link trains, shows a place, changes a setting, opens an experiment."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._text = ""
        self.browser = QTextBrowser()
        self.browser.setOpenLinks(False)
        self.browser.setProperty("role", "guide")
        self.browser.setAccessibleName(tr("Guide"))
        self.browser.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.browser.anchorClicked.connect(self.follow)
        inner = panel()
        column(inner, row(None, heading(tr("Guide")), None), self.browser, margin="space_l").setStretch(1, 1)
        column(self, inner, gap="")
        self.setMinimumWidth(theme.size("library"))
        follow_theme(self, self._show)
        studio.registry_changed.connect(self.refresh)

    @property
    def has_text(self) -> bool:
        return bool(self._text)

    def refresh(self) -> None:
        """Read the text of the present project."""
        text = guide_text(self._studio.project, self._studio.registry)
        if text != self._text:
            self._text = text
            self._show()

    def _show(self) -> None:
        """Qt fixes the colours of Markdown's links when it reads it: a change of theme reads it again."""
        document = self.browser.document()
        document.setDefaultFont(theme.font("body"))
        document.setDocumentMargin(0)
        palette = self.browser.palette()
        palette.setColor(palette.ColorRole.Link, theme.color("accent"))
        palette.setColor(palette.ColorRole.Text, theme.color("text"))
        self.browser.setPalette(palette)
        self.browser.setMarkdown(self._text)
        document.setIndentWidth(theme.size("space_l"))
        self._space_out()

    def _space_out(self) -> None:
        """Markdown's paragraphs stand close in Qt: give them air, headings more above than below."""
        cursor = QTextCursor(self.browser.document())
        while True:
            form = cursor.blockFormat()
            above = theme.size("space_l") if form.headingLevel() > 1 else 0
            form.setTopMargin(above)
            form.setBottomMargin(theme.size("space_s"))
            form.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            cursor.setBlockFormat(form)
            if form.headingLevel():
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                letters = cursor.charFormat()
                letters.setFont(theme.font("title" if form.headingLevel() == 1 else "control", "semibold"))
                cursor.mergeCharFormat(letters)
                cursor.clearSelection()
            if not cursor.movePosition(QTextCursor.MoveOperation.NextBlock):
                return

    def follow(self, url: QUrl) -> None:
        """Do what the link says; a web address opens in the browser."""
        link = read_link(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
        if link is None:
            QDesktopServices.openUrl(url)
            return
        try:
            self._do(link)
        except NNStudioError as error:
            self._studio.say_all(error.problems)

    def _do(self, link: Link) -> None:
        studio = self._studio
        match link.verb:
            case "place":
                studio.show_place.emit(link.name)
            case "train":
                studio.run.train()
            case "example":
                studio.open_example(link.name)
            case "set":
                edit = settings_edit(studio.project, studio.registry, link.values or {})
                if edit is not None:
                    studio.do(edit)
                studio.message.emit(_said(link), "info")
            case _:
                studio.asked.emit(link)


def _said(link: Link) -> str:
    values = ", ".join(f"{name} = {value}" for name, value in (link.values or {}).items())
    return tr("Set {values}", values=values)
