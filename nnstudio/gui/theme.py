"""How everything looks: the tokens of `resources/themes/nnstudio.json` as colours, fonts, icons and sizes, dark and light, switchable live.

`theme` is the one object to ask. Nothing else in the interface writes a colour or a size.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QImage, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from nnstudio.gui.stylesheet import stylesheet
from nnstudio.resources import resource, resources_dir

Mode = Literal["dark", "light", "system"]

_ROLES = {  # role → (family, size, weight)
    "caption": ("interface", "caption", "regular"),
    "body": ("interface", "body", "regular"),
    "control": ("interface", "control", "regular"),
    "title": ("interface", "title", "semibold"),
    "display": ("interface", "display", "semibold"),
    "mono": ("mono", "code", "regular"),
    "formula": ("formula", "formula", "regular"),
}
_ICON_SCALES = (1.0, 1.25, 1.5, 2.0, 3.0)


class Theme(QObject):
    """The tokens, resolved for the present mode. `changed` is emitted after a switch between dark and light."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, Any] = json.loads(resource("themes/nnstudio.json").read_text(encoding="utf-8"))
        self._mode: Mode = "system"
        self._name: Literal["dark", "light"] = "dark"
        self._installed = False
        self._colors: dict[tuple[str, float], QColor] = {}
        self._fonts: dict[tuple[str, str], QFont] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self._icons: dict[tuple[str, str, int], QIcon] = {}
        groups = ("space", "radius", "icon", "stroke", "motion")
        self._sizes: dict[str, int] = {
            **{name: int(value) for name, value in self._tokens["size"].items()},
            **{
                f"{group}_{name}": int(value)
                for group in groups
                for name, value in self._tokens[group].items()
                if isinstance(value, int | float)
            },
        }

    # ── mode ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def dark(self) -> bool:
        return self._name == "dark"

    @property
    def mode(self) -> Mode:
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Dark, light, or as the system says; takes effect at once, everywhere."""
        self._mode = mode
        self._apply()

    def install(self, app: QApplication) -> None:
        """Register the fonts, set style, palette and stylesheet, and follow the system from now on."""
        if self._installed:
            return
        self._installed = True
        for path in sorted((resources_dir() / "fonts").iterdir()):
            if path.suffix in {".otf", ".ttf"}:
                QFontDatabase.addApplicationFont(str(path))
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._apply(force=True)

    def _follow_system(self, _scheme: Qt.ColorScheme) -> None:
        self._apply()

    def _apply(self, *, force: bool = False) -> None:
        name = self._resolve()
        if name == self._name and not force:
            return
        self._name = name
        for cache_ in (self._colors, self._pixmaps, self._icons):
            cache_.clear()
        app = QApplication.instance()
        if isinstance(app, QApplication) and self._installed:
            app.setFont(self.font("body"))
            app.setPalette(self._palette())
            app.setStyleSheet(stylesheet(self))
        self.changed.emit()

    def _resolve(self) -> Literal["dark", "light"]:
        if self._mode != "system":
            return self._mode
        app = QGuiApplication.instance()
        scheme = app.styleHints().colorScheme() if isinstance(app, QGuiApplication) else Qt.ColorScheme.Unknown
        return "light" if scheme is Qt.ColorScheme.Light else "dark"

    # ── tokens ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def color(self, token: str, alpha: float = 1.0) -> QColor:
        """A colour by its token: `text`, `accent`, `code.keyword`, `category.data`. KeyError names a token that is not there."""
        key = (token, alpha)
        found = self._colors.get(key)
        if found is None:
            group, _, name = token.rpartition(".")
            found = QColor(self._tokens[self._name][group or "color"][name])
            found.setAlphaF(alpha)
            self._colors[key] = found
        return QColor(found)

    def css(self, token: str, alpha: float = 1.0) -> str:
        """The colour as a stylesheet writes it."""
        color = self.color(token, alpha)
        return f"rgba({color.red()}, {color.green()}, {color.blue()}, {color.alpha()})" if alpha < 1 else color.name()

    def category(self, name: str) -> QColor:
        """The fill of a layer's category, the same in both themes; unknown categories look like `shape`."""
        return self.color(f"category.{name if name in self._tokens[self._name]['category'] else 'shape'}")

    def category_ink(self, name: str) -> QColor:
        """The category's colour for thin lines and small signs, dark enough to be seen on light ground."""
        return self.color(f"category_ink.{name if name in self._tokens[self._name]['category_ink'] else 'shape'}")

    def series(self, index: int) -> QColor:
        """The colour of the index-th curve."""
        colors = self._tokens[self._name]["series"]
        return QColor(colors[index % len(colors)])

    def dash(self, index: int) -> list[int]:
        """The dash pattern of the index-th curve, [] where it is solid: a second sign beside the colour."""
        dashes = self._tokens["dash"]
        return list(dashes[index % len(dashes)])

    def ramp(self, name: Literal["sequential", "diverging"]) -> list[QColor]:
        """The stops of a colour map, low to high."""
        return [QColor(color) for color in self._tokens[self._name][name]]

    def alpha(self, name: str) -> float:
        return float(self._tokens[self._name]["alpha"][name])

    def size(self, token: str) -> int:
        """A length in device-independent pixels: `control`, `radius_card`, `space_m`, `stroke_wire`, or `motion_panel_ms`."""
        return self._sizes[token]

    # ── fonts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def font(self, role: str, weight: str = "") -> QFont:
        """The font of a role (caption, body, control, title, display, mono, formula); weight: regular, medium, semibold or bold."""
        key = (role, weight)
        found = self._fonts.get(key)
        if found is None:
            family, size, usual = _ROLES[role]
            kinds = self._tokens["type"]
            found = QFont()
            found.setFamilies(kinds["family"][family])
            found.setPixelSize(int(kinds["size"][size]))
            found.setWeight(QFont.Weight(int(kinds["weight"][weight or usual])))
            if family == "interface":
                found.setFeature(QFont.Tag(kinds["figures"]), 1)
            self._fonts[key] = found
        return QFont(found)

    def family(self, name: Literal["interface", "mono", "formula"]) -> list[str]:
        return list(self._tokens["type"]["family"][name])

    def text_size(self, name: str) -> int:
        """Pixels of a type size: caption, body, control, title, code, formula, display."""
        return int(self._tokens["type"]["size"][name])

    # ── icons ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def icon(self, name: str, token: str = "muted", size: int = 16) -> QIcon:
        """An icon in a token's colour, sharp at every scale; `play:filled` is `play` filled out. Ask again after `changed`."""
        key = (name, token, size)
        found = self._icons.get(key)
        if found is None:
            found = QIcon()
            for scale in _ICON_SCALES:
                found.addPixmap(self._render(name, token, size, scale))
                found.addPixmap(self._render(name, "disabled", size, scale), QIcon.Mode.Disabled)
            self._icons[key] = found
        return found

    def pixmap(self, name: str, token: str = "muted", size: int = 16, scale: float | None = None) -> QPixmap:
        """The icon as a pixmap for painting; `scale`: the device pixel ratio (the screen's, where not given)."""
        app = QGuiApplication.instance()
        ratio = scale or (app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0)
        return self._render(name, token, size, ratio)

    def _render(self, name: str, token: str, size: int, scale: float) -> QPixmap:
        key = (name, token, size, scale)
        found = self._pixmaps.get(key)
        if found is None:
            svg = _svg(name).replace("currentColor", self.color(token).name())
            side = round(size * scale)
            image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.transparent)
            painter = QPainter(image)
            QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side, side))
            painter.end()
            found = QPixmap.fromImage(image)
            found.setDevicePixelRatio(scale)
            self._pixmaps[key] = found
        return found

    # ── Qt's palette ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _palette(self) -> QPalette:
        """Qt's own colours from ours: its dark scheme does nothing without a desktop theme."""
        role = QPalette.ColorRole
        palette = QPalette()
        for target, token in (
            (role.Window, "panel"),
            (role.WindowText, "text"),
            (role.Base, "field"),
            (role.AlternateBase, "raised"),
            (role.Text, "text"),
            (role.PlaceholderText, "placeholder"),
            (role.Button, "raised"),
            (role.ButtonText, "text"),
            (role.BrightText, "bad_text"),
            (role.ToolTipBase, "tooltip"),
            (role.ToolTipText, "text"),
            (role.Highlight, "selection"),
            (role.HighlightedText, "on_selection"),
            (role.Link, "accent_text"),
            (role.LinkVisited, "accent_text"),
            (role.Light, "hover"),
            (role.Midlight, "hover"),
            (role.Mid, "line"),
            (role.Dark, "line"),
            (role.Shadow, "shadow"),
            (role.Accent, "accent"),
        ):
            palette.setColor(target, self.color(token))
        for target in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, target, self.color("disabled"))
        return palette


@cache
def _svg(name: str) -> str:
    file, _, style = name.partition(":")
    svg = resource(f"icons/{file}.svg").read_text(encoding="utf-8")
    return svg.replace('fill="none"', 'fill="currentColor"') if style == "filled" else svg


def follow_theme(owner: QObject, apply: Callable[[], None]) -> None:
    """Call `apply` now and after every switch, as long as `owner` lives."""
    apply()
    connection = theme.changed.connect(apply)
    owner.destroyed.connect(lambda: QObject.disconnect(connection))


theme = Theme()
