"""The one stylesheet, built from the tokens. Widgets say what they are by a dynamic property `role`, never how they look."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnstudio.gui.theme import Theme


def stylesheet(theme: Theme) -> str:
    """Everything Qt's style does not know of the design."""
    c, s = theme.css, theme.size
    ring = s("stroke_ring")
    caption, body, control, title = (theme.text_size(name) for name in ("caption", "body", "control", "title"))
    return f"""
    QWidget {{ color: {c("text")}; placeholder-text-color: {c("placeholder")}; }}
    QMainWindow, QWidget[role="background"] {{ background: {c("background")}; }}
    QWidget[role="panel"] {{ background: {c("panel")}; }}
    *[role="card"] {{
        background: {c("raised")}; border: 1px solid {c("line")}; border-radius: {s("radius_card")}px;
        padding: 1px; }}
    *[role="card"][chosen="true"] {{ border: {ring}px solid {c("accent")}; padding: 0; }}
    *[role="card"][clickable="true"]:hover {{ border-color: {c("field_line_hover")}; }}
    *[role="card"]:focus {{ border: {ring}px solid {c("text")}; padding: 0; }}
    *[role="card"][chosen="true"]:focus {{ background: {c("accent_soft")}; }}
    QFrame[role="inset"] {{
        background: {c("raised")}; border: {ring}px solid transparent; border-radius: {s("radius_button")}px; }}
    QFrame[role="inset"]:focus {{ border-color: {c("focus")}; }}
    QFrame[role="overlay"] {{
        background: {c("panel")}; border: 1px solid {c("tooltip_line")}; border-radius: {s("radius_card")}px; }}
    QFrame[role="message"] {{
        background: {c("accent_soft")}; border: 1px solid {c("tooltip_line")}; border-radius: {s("radius_card")}px; }}
    QFrame[role="message"][severity="error"] {{ background: {c("bad_soft")}; }}
    QFrame[role="message"][severity="warning"] {{ background: {c("warning_soft")}; }}
    QFrame[role="marker"] {{ background: {c("accent")}; border: none; border-radius: 1px; }}
    QFrame[role="line"] {{ background: {c("line")}; border: none; }}

    QLabel {{ background: transparent; }}
    QLabel[role="muted"] {{ color: {c("muted")}; }}
    QLabel[role="caption"] {{ color: {c("muted")}; font-size: {caption}px; }}
    QLabel[role="heading"] {{ color: {c("muted")}; font-size: {caption}px; font-weight: 600; }}
    QLabel[role="strong"] {{ color: {c("text")}; font-weight: 600; }}
    QLabel[role="title"] {{ color: {c("text")}; font-size: {title}px; font-weight: 600; }}
    QLabel[role="display"] {{ color: {c("text")}; font-size: {theme.text_size("display")}px; font-weight: 600; }}
    QLabel[role="bad"] {{ color: {c("bad_text")}; font-size: {caption}px; }}
    QLabel[role="good"] {{ color: {c("good_text")}; font-size: {caption}px; }}
    QLabel[role="warning"] {{ color: {c("warning_text")}; font-size: {caption}px; }}
    QLabel[role="pill"] {{
        color: {c("text")}; background: {c("track")}; border-radius: 10px; padding: 3px 12px; font-weight: 600; }}

    QPushButton, QToolButton {{
        background: {c("raised")}; border: 1px solid {c("line")}; border-radius: {s("radius_button")}px;
        padding: 5px 12px; font-size: {control}px; font-weight: 500; }}
    QToolButton {{ padding: 5px; }}
    QPushButton:hover, QToolButton:hover {{ background: {c("hover")}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {c("pressed")}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {c("disabled")}; }}
    QPushButton:focus, QToolButton:focus {{ border-color: {c("focus")}; }}
    QPushButton[role="accent"] {{
        background: {c("accent")}; color: {c("on_accent")}; border-color: {c("accent")}; font-weight: 600; }}
    QPushButton[role="accent"]:hover {{ background: {c("accent_hover")}; }}
    QPushButton[role="accent"]:pressed {{ background: {c("accent_pressed")}; }}
    QPushButton[role="accent"]:disabled {{
        background: {c("track")}; color: {c("disabled")}; border-color: {c("track")}; }}
    QPushButton[role="busy"] {{
        background: {c("accent_soft")}; color: {c("accent_text")}; border-color: {c("accent_soft")}; font-weight: 600; }}
    QPushButton[role="accent"]:focus {{ border: {ring}px solid {c("text")}; }}
    QPushButton[role="place"] {{
        background: transparent; border: 1px solid transparent; color: {c("muted")}; padding: 5px 13px; }}
    QPushButton[role="place"]:hover {{ color: {c("text")}; }}
    QPushButton[role="place"]:checked {{
        background: {c("raised")}; border-color: {c("line")}; color: {c("text")}; font-weight: 600; }}
    QPushButton[role="place"]:focus {{ border-color: {c("focus")}; }}
    QPushButton[role="link"] {{
        background: transparent; border: 1px solid transparent; color: {c("accent_text")}; padding: 1px 3px;
        font-weight: 600;
        font-size: {body}px; }}
    QPushButton[role="link"]:hover {{ color: {c("accent_hover")}; text-decoration: underline; }}
    QPushButton[role="suggestion"] {{ color: {c("accent_text")}; font-weight: 600; font-size: {body}px; }}
    QPushButton[role="pill"] {{
        background: {c("track")}; color: {c("text")}; border: 1px solid {c("track")}; border-radius: 10px;
        padding: 2px 13px;
        font-size: {caption}px; font-weight: 600; }}
    QPushButton[role="pill"]:hover {{ border-color: {c("field_line_hover")}; }}
    QPushButton[role="row"] {{
        background: transparent; border: 1px solid transparent; border-radius: {s("radius_field")}px; text-align: left;
        padding: 5px 7px; }}
    QPushButton[role="row"]:hover {{ background: {c("hover")}; }}
    QToolButton[role="bare"] {{ background: transparent; border: 1px solid transparent; padding: 2px; }}
    QToolButton[role="bare"]:hover {{ background: {c("hover")}; }}
    QPushButton[role="busy"]:focus, QPushButton[role="link"]:focus, QPushButton[role="pill"]:focus,
    QPushButton[role="row"]:focus, QToolButton[role="bare"]:focus {{ border-color: {c("focus")}; }}
    QToolButton::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0; }}

    QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox {{
        background: {c("field")}; border: 1px solid {c("field_line")}; border-radius: {s("radius_field")}px;
        padding: 4px 8px; font-size: {body}px; selection-background-color: {c("selection")};
        selection-color: {c("on_selection")}; }}
    QLineEdit:hover, QComboBox:hover, QAbstractSpinBox:hover {{ border-color: {c("field_line_hover")}; }}
    QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {{
        border-color: {c("focus")}; }}
    QLineEdit[invalid="true"] {{ border-color: {c("bad")}; color: {c("bad_text")}; }}
    QLineEdit[invalid="true"]:focus {{ border-width: {ring}px; padding: 3px 7px; }}
    QTextBrowser[role="guide"] {{
        background: transparent; border: 1px solid transparent; padding: 0; }}
    QTextBrowser[role="guide"]:focus {{ border-color: {c("focus")}; }}
    QLineEdit[role="name"] {{
        background: transparent; border: 1px solid transparent; font-size: {title}px; font-weight: 600; padding: 2px 4px; }}
    QLineEdit[role="name"]:hover {{ border-color: {c("line")}; }}
    QLineEdit[role="name"]:focus {{ background: {c("field")}; border-color: {c("focus")}; }}
    QLineEdit[role="value"] {{ background: {c("raised")}; font-weight: 500; }}
    QPlainTextEdit[role="code"] {{
        background: {c("code.background")}; color: {c("code.text")}; border-radius: 0; padding: 0;
        border: 1px solid {c("code.background")};
        font-family: {", ".join(f'"{name}"' for name in theme.family("mono"))}; }}
    QPlainTextEdit[role="code"]:focus {{ border-color: {c("focus")}; }}
    QComboBox {{ background: {c("raised")}; padding-right: 18px; }}
    QComboBox[role="title"] {{
        background: transparent; border-color: transparent; padding-left: 0; font-size: {control}px; font-weight: 600; }}
    QComboBox[role="title"]:hover {{ border-color: {c("field_line_hover")}; }}
    QComboBox[role="title"]:focus {{ border-color: {c("focus")}; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: none; }}
    QComboBox QAbstractItemView {{
        background: {c("tooltip")}; border: 1px solid {c("tooltip_line")}; border-radius: {s("radius_field")}px;
        padding: 4px; outline: none; selection-background-color: {c("accent_soft")}; selection-color: {c("text")}; }}

    QAbstractItemView {{ background: transparent; border: 1px solid transparent; outline: none; }}
    QAbstractItemView:focus {{ border-color: {c("focus")}; border-radius: {s("radius_field")}px; }}
    QHeaderView::section {{
        background: transparent; border: none; border-bottom: 1px solid {c("line")}; color: {c("muted")};
        padding: 4px 8px; font-size: {caption}px; font-weight: 600; }}
    QTableView {{ gridline-color: {c("line")}; }}
    QScrollArea {{ background: transparent; border: none; }}
    QScrollArea[role="reading"] {{ border: 1px solid transparent; border-radius: {s("radius_field")}px; }}
    QScrollArea[role="reading"]:focus {{ border-color: {c("focus")}; }}
    QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
    QScrollBar::handle {{ background: {c("scrollbar")}; border-radius: 2px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 28px; }}
    QScrollBar::handle:horizontal {{ min-width: 28px; }}
    QScrollBar::handle:hover {{ background: {c("scrollbar_hover")}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSplitter::handle {{ background: {c("line")}; }}
    QSplitter::handle:hover {{ background: {c("accent")}; }}
    QProgressBar {{ background: {c("track")}; border: none; border-radius: 2px; }}
    QProgressBar::chunk {{ background: {c("accent")}; border-radius: 2px; }}

    QMenu {{
        background: {c("tooltip")}; border: 1px solid {c("tooltip_line")}; border-radius: {s("radius_button")}px;
        padding: 4px; font-size: {body}px; }}
    QMenu::item {{ padding: 6px 24px 6px 10px; border-radius: {s("radius_field")}px; }}
    QMenu::item:selected {{ background: {c("accent_soft")}; }}
    QMenu::item:disabled {{ color: {c("disabled")}; }}
    QMenu::icon {{ padding-left: 8px; }}
    QMenu::separator {{ height: 1px; background: {c("tooltip_line")}; margin: 4px 6px; }}
    QToolTip {{
        background: {c("tooltip")}; color: {c("text")}; border: 1px solid {c("tooltip_line")}; padding: 4px 6px;
        font-size: {body}px; }}
    """
