"""The card that draws η over the run; its points can be taken and moved, and a formula can be made into points."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame

from nnstudio.figures import Curves, Figure, Line, Note
from nnstudio.gui.figures import FigureView
from nnstudio.gui.figures.card import Caption
from nnstudio.gui.figures.curves import CurvesPainter
from nnstudio.gui.figures.ticks import Axis, linear_axis, number_text
from nnstudio.gui.places.recipe_rate import GUESSED_STEPS, Rates, learning_rates, run_steps
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, column, label, row
from nnstudio.params import form_fields
from nnstudio.project.project import Entry, Project
from nnstudio.project.recipe_entries import put
from nnstudio.registry import Registry
from nnstudio.runs.history import History

CURVE_POINTS = 400
POINTS_ID = "nnstudio.points"
HANDLES = 5  # of a formula
REACH = 12.0  # pixels around a point in which it can be taken
HIGHEST = 1000.0

Shares = tuple[tuple[float, float], ...]
"""(share of the run after the warm-up, share of η₀)"""


def learning_rate(project: Project, registry: Registry, steps: int | None, history: History | None = None) -> Figure:
    """η over the steps of the run, from the schedule's own function. steps None: not known, shares of a run are drawn."""
    total = steps or GUESSED_STEPS * max(1, min(project.recipe.epochs, 1000))
    try:
        rates = learning_rates(project, registry, total, CURVE_POINTS)
    except ValueError as error:
        return Note(str(error))
    lines = [Line(rates.steps, rates.rates, "", "train", "recipe-rate")]
    spec = registry.schedules.get(project.recipe.schedule.type)
    if spec is not None and spec.watcher and project.recipe.schedule.enabled:
        if history is not None and "lr" in history.step_names:
            x, y = history.steps("lr")
            lines.append(Line(x, y, tr("last run"), "other", "recipe-rate-run"))
        caption = tr("drawn as it begins: it answers to what is measured")
        return Curves(lines, tr("steps"), "", caption)
    return Curves(lines, tr("steps"), "", rate_caption(rates))


def rate_caption(rates: Rates) -> str:
    first, most, last = (number_text(float(value), 2) for value in (rates.rates[0], rates.peak, rates.rates[-1]))
    return tr("η(0) {first} · max {most} · end {last}", first=first, most=most, last=last)


def shares_of(project: Project, registry: Registry, total: int) -> Shares:
    """The points of the schedule: its own, or some on its curve. () where there is none to be moved."""
    recipe = project.recipe
    spec = registry.schedules.get(recipe.schedule.type)
    if spec is None or spec.watcher or not recipe.schedule.enabled:
        return ()
    if recipe.schedule.type == POINTS_ID:
        default = next(field.default for field in form_fields(spec.params) if field.name == "points")
        points: Sequence[Sequence[float]] = recipe.schedule.params.get("points", default)
        return tuple((float(x), float(y)) for x, y in points)
    try:
        bare = replace(project, recipe=replace(recipe, warmup_steps=0))
        after = max(1, total - recipe.warmup_steps)
        rates = learning_rates(bare, registry, after, CURVE_POINTS)
        rate = float(getattr(registry.optimizers[recipe.optimizer.type].params(**recipe.optimizer.params), "lr", 0.0))
    except (ValueError, KeyError):
        return ()
    if rate <= 0:
        return ()
    at = np.linspace(0, 1, HANDLES)
    heights = np.interp(at * (after - 1), rates.steps, rates.rates) / rate
    return tuple((float(x), float(f"{y:.3g}")) for x, y in zip(at, heights, strict=True))


class RateChart(CurvesPainter):
    """`moved(shares)` while a point is dragged; `released()` when it is let go."""

    moved = Signal(tuple)
    released = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shares: Shares = ()
        self.tentative = False  # the points are not the schedule's yet
        self._rate, self._warm, self._total = 1.0, 0, 1
        self._held: int | None = None
        self._held_axis: Axis | None = None

    def set_points(self, shares: Shares, rate: float, warm: int, total: int) -> None:
        """The points of a run of `total` steps, the first `warm` of them warm-up, at learning rate `rate`."""
        self.shares, self._rate, self._warm, self._total = shares, rate, warm, max(total, warm + 1)
        self.refresh()

    # ── where they are ────────────────────────────────────────────────────────────────────────────────────────────────

    def place_of(self, share: tuple[float, float]) -> QPointF:
        step = self._warm + share[0] * (self._total - 1 - self._warm)
        x = self._x_axis.place_one(step, self._plot.left(), self._plot.right())
        return QPointF(x, self._y_axis.place_one(share[1] * self._rate, self._plot.bottom(), self._plot.top()))

    def _share_at(self, at: QPointF) -> tuple[float, float]:
        step = self._x_axis.value_at(at.x(), self._plot.left(), self._plot.right())
        rate = self._y_axis.value_at(at.y(), self._plot.bottom(), self._plot.top())
        span = max(1, self._total - 1 - self._warm)
        share = min(max((step - self._warm) / span, 0.0), 1.0)
        return float(f"{share:.3g}"), float(f"{min(max(rate / self._rate, 0.0), HIGHEST):.3g}")

    def _make_y_axis(self, figure: Curves, x_axis: Axis, height: float) -> Axis:
        if self._held_axis is not None:  # the ground stays still while a point is moved
            return self._held_axis
        axis = super()._make_y_axis(figure, x_axis, height)
        top = max((share[1] for share in self.shares), default=0.0) * self._rate
        high = max(axis.high, top)
        return linear_axis(0.0, high, max(2, len(axis.ticks) - 1)) if high > 0 else axis

    # ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def draw(self, painter: QPainter) -> None:
        super().draw(painter)
        if self.zoomed or self._rate <= 0:
            return
        places = [self.place_of(share) for share in self.shares]
        color = theme.color("warning" if self.tentative else "accent")
        if self.tentative:
            pen = QPen(color, theme.size("stroke_ring") / 1.25)
            pen.setDashPattern([3.0, 2.0])
            painter.setPen(pen)
            painter.drawPolyline(places)
        painter.setPen(QPen(color, theme.size("stroke_ring") * 0.9))
        painter.setBrush(theme.color("raised"))
        radius = theme.size("space_xs") + 1.0
        for place in places:
            painter.drawEllipse(place, radius, radius)

    # ── mouse ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _point_at(self, at: QPointF) -> int | None:
        if self.zoomed:
            return None
        near = [(self.place_of(share) - at).manhattanLength() for share in self.shares]
        best = min(range(len(near)), key=near.__getitem__, default=None)
        return best if best is not None and near[best] <= REACH else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._point_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and index is not None:
            self._held, self._held_axis = index, self._y_axis
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            event.accept()
        elif event.button() is Qt.MouseButton.RightButton and index is not None and len(self.shares) > 1:
            self.moved.emit(self.shares[:index] + self.shares[index + 1 :])
            self.released.emit()
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            if self._drag_from is None:
                near = self._point_at(event.position()) is not None
                self.setCursor(Qt.CursorShape.OpenHandCursor if near else Qt.CursorShape.ArrowCursor)
            super().mouseMoveEvent(event)
            return
        shares = list(self.shares)
        x, y = self._share_at(event.position())
        low = shares[self._held - 1][0] if self._held else 0.0
        high = shares[self._held + 1][0] if self._held + 1 < len(shares) else 1.0
        shares[self._held] = (min(max(x, low), high), y)
        self.moved.emit(tuple(shares))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._held = self._held_axis = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.refresh()
            self.released.emit()
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.zoomed or not self.shares or not self._plot.contains(event.position()):
            super().mouseDoubleClickEvent(event)
            return
        self.moved.emit(tuple(sorted((*self.shares, self._share_at(event.position())))))
        self.released.emit()


class RateCard(QFrame):
    """η(t) before training. The points of `nnstudio.points` are moved in place; of another schedule, after one click more."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._studio = studio
        self._caption = Caption()
        self.chart = RateChart()
        self.chart.setAccessibleName(tr("Learning rate over the run"))
        self.note = FigureView()
        self.offer = button(tr("Make it points"), self.make_points, "suggestion")
        self.discard = button(tr("Discard"), self._discard, "link")
        head = row(None, label(tr("Learning rate over the run"), "strong"), self._caption, self.discard, self.offer)
        head.setStretch(1, 1)
        layout = column(self, head, self.chart, self.note, gap="space_s")
        layout.setStretch(1, 1)
        layout.setStretch(2, 1)
        side = theme.size("space_m") + theme.size("space_xxs")
        layout.setContentsMargins(side, theme.size("space_m"), side, side)
        self.chart.moved.connect(self._moved)
        self.chart.released.connect(studio.document.end_merge)
        self.refresh()

    @property
    def _is_points(self) -> bool:
        return self._studio.project.recipe.schedule.type == POINTS_ID

    def refresh(self) -> None:
        """Draw it again from the recipe; points that were tried and not taken are forgotten."""
        project, registry = self._studio.project, self._studio.registry
        self.chart.tentative = False
        try:
            steps = run_steps(project, registry, self._studio.data_info)
            total = steps.total if steps else 0
            figure = learning_rate(project, registry, total or None, self._studio.run.history)
        except ValueError as error:
            total, figure = 0, Note(str(error))
        drawn = isinstance(figure, Curves)
        self.chart.setVisible(drawn)
        self.note.setVisible(not drawn)
        if not isinstance(figure, Curves):
            self.note.show_figure(figure)
            self._say("")
            return
        steps = total or GUESSED_STEPS * max(1, min(project.recipe.epochs, 1000))
        shares = shares_of(project, registry, steps)
        spec = registry.optimizers[project.recipe.optimizer.type]
        rate = float(getattr(spec.params(**project.recipe.optimizer.params), "lr", 0.0))
        self.chart.set_points(shares, rate, min(project.recipe.warmup_steps, steps - 1), steps)
        self.chart.show_figure(figure)
        known = "" if total else tr("steps guessed until the data is known")
        drag = tr("drag the points") if shares else ""
        self._say(" · ".join(part for part in (known, drag, figure.caption) if part))

    def _say(self, caption: str) -> None:
        self._caption.setText(caption)
        for widget in (self.offer, self.discard):
            widget.setVisible(self.chart.tentative)

    def _moved(self, shares: Shares) -> None:
        if self._is_points:
            self._set(shares)
            return
        self.chart.tentative = True
        self.chart.shares = shares
        self.chart.refresh()
        spec = self._studio.registry.schedules.get(self._studio.project.recipe.schedule.type)
        self._say(tr("{schedule} is a formula", schedule=spec.title if spec else ""))

    def make_points(self) -> None:
        """The schedule becomes the points that were drawn."""
        self._studio.document.end_merge()
        self._set(self.chart.shares)
        self._studio.document.end_merge()

    def _discard(self) -> None:
        self.refresh()

    def _set(self, shares: Shares) -> None:
        project = self._studio.project
        old = project.recipe.schedule
        kept = dict(old.params) if self._is_points else {}
        points = [list(share) for share in shares]
        self._studio.do(put(project, "schedule", Entry(POINTS_ID, {**kept, "points": points}, old.enabled)))
