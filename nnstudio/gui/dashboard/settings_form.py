"""The settings of a card: the form of its view's parameters in a small popup."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QWidget

from nnstudio.gui.dashboard.card import ViewCard
from nnstudio.gui.inspector.entry_form import values_of
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, label
from nnstudio.specs import ViewSpec, describe


class SettingsForm(QFrame):
    """Each valid change is told at once; `finished` when it is closed."""

    def __init__(
        self, card: ViewCard, spec: ViewSpec, changed: Callable[[Mapping[str, Any]], None], finished: Callable[[], None]
    ) -> None:
        super().__init__(card, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._params = dict(card.choice.params)
        self._changed = changed
        self._finished = finished
        self._defaults = {name: field.get_default() for name, field in spec.params.model_fields.items()}
        self.form = Form.of(spec.params, self._params, spec.title)
        self.form.changed.connect(self._set)
        self.form.reset.connect(self._reset)
        self.form.finished.connect(finished)
        sentence = label(describe(spec.params)[0], "muted", wrap=True)
        self._layout = column(self, label(spec.title, "title"), sentence, self.form, margin="space_l", gap="space_m")
        self.setFixedWidth(theme.size("inspector"))

    def _set(self, name: str, value: Any) -> None:
        self._params = values_of(self._params, name, value, self._defaults[name])
        self.form.set_values(self._params)
        self._changed(self._params)

    def _reset(self, name: str) -> None:
        self._set(name, self._defaults[name])

    def open_under(self, widget: QWidget) -> None:
        self.resize(self.width(), self._layout.totalHeightForWidth(self.width()))
        self.move(widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height())))
        self.show()

    def hideEvent(self, event: QHideEvent) -> None:
        self._finished()
        super().hideEvent(event)
