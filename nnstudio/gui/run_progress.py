"""How far is the run? In words, over a thin bar."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import duration, number, tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import column
from nnstudio.gui.widgets.painted import Elided


class Progress(QWidget):
    """`epoch 7 / 20 · 1 214 step/s · 12 s left` over a thin bar; of the words as many as there is room for, never a piece of a number."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._short = False
        self._text = Elided("caption", "text", "semibold")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(theme.size("space_xs") + 1)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName(tr("Progress of the run"))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        layout = column(self, None, self._text, self._bar, None, gap="space_xs")
        layout.setContentsMargins(0, 0, 0, 0)
        studio.run.history_changed.connect(self._refresh)
        studio.run.state_changed.connect(self._refresh)
        studio.project_changed.connect(self._refresh)
        studio.plan_changed.connect(self._refresh)
        studio.apart.changed.connect(self._refresh)
        follow_theme(self, self._refresh)

    def sizeHint(self) -> QSize:
        return QSize(theme.size("library") - theme.size("space_l"), theme.size("control"))

    def minimumSizeHint(self) -> QSize:
        return QSize(3 * theme.size("control"), theme.size("control")) if self._short else self.sizeHint()

    @property
    def shown(self) -> str:
        return self._text.text

    def shorten(self, short: bool) -> None:
        """Short: a few words will do."""
        if short != self._short:
            self._short = short
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        history = self._studio.run.history
        share = history.step / history.total_steps if history.total_steps else 0.0
        self._bar.setValue(round(1000 * min(1.0, share)))
        texts, metrics = progress_texts(self._studio), QFontMetrics(theme.font("caption", "semibold"))
        self._text.set_text(next((t for t in texts if metrics.horizontalAdvance(t) <= self.width()), texts[-1]))
        self._text.setToolTip("\n".join(filter(None, (texts[0], self._studio.apart.words))))
        self._text.setAccessibleName(texts[0])
        self._text.setAccessibleDescription(self._studio.apart.words)


def progress_text(studio: Studio) -> str:
    """The run in a few words, or, before it, what Train will do."""
    return progress_texts(studio)[0]


def progress_texts(studio: Studio) -> tuple[str, ...]:
    """The same in ever fewer words."""
    history, state = studio.run.history, studio.run.state
    if state == "idle":
        info, recipe = studio.data_info, studio.project.recipe
        epochs = tr("{epochs} epochs", epochs=number(recipe.epochs))
        if info is None or not info.train:
            return (epochs,)
        steps = -(-info.train // recipe.batch_size) if recipe.batch_size else 1
        return tr("{epochs} epochs of {steps} steps", epochs=number(recipe.epochs), steps=number(steps)), epochs
    if state == "starting":
        return (tr("starting …"),)
    most = history.started.epochs if history.started else 0
    epoch = tr("epoch {epoch} / {epochs}", epoch=number(min(history.epoch + 1, most)), epochs=number(most))
    if state == "running":
        left = history.seconds_left
        parts = [epoch, tr("{speed} step/s", speed=number(round(history.steps_per_second)))]
        parts += [] if left is None else [tr("{time} left", time=duration(left))]
        return tuple(" · ".join(parts[:count]) for count in range(len(parts), 0, -1))
    words = {
        "paused": tr("paused at step {step}"),
        "done": tr("done in {time}"),
        "early": tr("stopped early after {time}"),
        "stopped": tr("stopped at step {step}"),
        "failed": tr("failed at step {step}"),
        "crashed": tr("crashed at step {step}"),
    }[state]
    said = words.format(step=number(history.step), time=duration(history.seconds))
    return (said,) if state == "failed" else (f"{epoch} · {said}", said, epoch)
