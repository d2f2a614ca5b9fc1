"""The form at the right of the Data place: the dataset's parameters, how it is divided and scaled, where it is from."""

from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import model_validator
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QCompleter, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.data import DataInfo
from nnstudio.gui.inspector.entry_form import spec_words, title_row, values_of
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import number, tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import clear, column, heading, label, line, panel
from nnstudio.gui.widgets.facts import FactRow
from nnstudio.params import Field, Params, Ui
from nnstudio.plan import shape_text
from nnstudio.project import edits
from nnstudio.project.project import Data, Entry
from nnstudio.replies import PARTS
from nnstudio.runs.store import RunStore
from nnstudio.runs.tests_read import who_tested, words
from nnstudio.specs import DatasetSpec

Share = Annotated[float, Field(ge=0, le=0.9)]


class Division(Params):
    """How the samples are divided into parts and scaled."""

    split_by: Annotated[Literal["random", "group", "time"], Ui(label="split by")] = "random"
    """By chance; whole groups to one part; or the first to train, the last to test."""
    split_field: Annotated[str, Ui(label="field")] = Data.split_field
    """Whose values are the groups or the times: a field, or field.column."""
    folds: Annotated[int, Field(ge=-1, le=10_000)] = Data.folds
    """k ≥ 2: cross-validation; −1: leave one out; 0: a single split."""
    fold: Annotated[int, Field(ge=0)] = Data.fold
    """Which of the folds is the validation part, from 0."""
    validation: Share = Data.validation
    """Share that training never sees and each epoch is measured on."""
    test: Share = Data.test
    """Share kept for the end; data with its own test set keeps that."""
    split_seed: Annotated[int, Field(ge=0, le=2**32 - 1), Ui(label="seed")] = Data.split_seed
    """Another seed divides otherwise."""
    stratify: bool = Data.stratify
    """Each part gets the same mixture of classes."""
    bootstrap: Annotated[int, Field(ge=0, le=2**32 - 1)] = Data.bootstrap
    """Bagging: training samples drawn with replacement, by this seed; 0: each once."""
    standardize: Literal["auto", "none", "feature", "channel", "whiten"] = "auto"
    """To mean 0 and standard deviation 1, fitted on train; auto: channels of pictures, features of tables; whiten: uncorrelated as well."""

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> "Division":
        if self.folds == 1:
            raise ValueError("one fold leaves nothing to train on; give 2 or more, −1 to leave one out, or 0")
        validation = 0.0 if self.folds else self.validation
        if validation + self.test >= 1:
            raise ValueError(
                f"validation {validation:g} and test {self.test:g} leave nothing to train on; together they must be below 1"
            )
        return self


def unused(data: Data) -> frozenset[str]:
    """The fields of `Division` that mean nothing with the others as they are."""
    left_out = {"fold"} if not data.folds else {"validation"}
    if data.split_by == "random":
        left_out.add("split_field")
    else:
        left_out.add("stratify")
    if data.split_by == "time":
        left_out.add("split_seed")
    return frozenset(left_out)


def columns(info: DataInfo) -> list[str]:
    """What can be split by: fields of one value a sample, and the columns of vectors."""
    found: list[str] = []
    for name, field in info.fields.items():
        if prod(field.shape) == 1:
            found.append(name)
        elif field.kind in {"vector", "value"} and len(field.shape) == 1:
            names = field.names if len(field.names) == field.shape[0] else tuple(map(str, range(field.shape[0])))
            found += [f"{name}.{column}" for column in names]
    return found


class SplitBar(QWidget):
    """The parts as one bar, with how many samples each has."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.size("control") + theme.size("space_s"))
        follow_theme(self, self.update)

    def show_counts(self, counts: tuple[int, ...]) -> None:
        self._counts = counts
        self.setAccessibleDescription(self.words())
        self.update()

    def words(self) -> str:
        return " · ".join(f"{tr(part)} {number(count)}" for part, count in zip(PARTS, self._counts, strict=False))

    def paintEvent(self, event: QPaintEvent) -> None:
        total = sum(self._counts)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            bar = QRectF(0, 0, self.width(), theme.size("space_s"))
            outline = QPainterPath()
            outline.addRoundedRect(bar, bar.height() / 2, bar.height() / 2)
            painter.fillPath(outline, theme.color("track"))
            painter.setClipPath(outline)
            x = 0.0
            for index, count in enumerate(self._counts if total else ()):
                width = self.width() * count / total
                painter.fillRect(QRectF(x, 0, width, bar.height()), theme.series(index))
                x += width
            painter.setClipping(False)
            self._paint_words(painter, bar.bottom() + theme.size("space_xs"))

    def _paint_words(self, painter: QPainter, top: float) -> None:
        """`● train 4 200`, spread over the width."""
        painter.setFont(theme.font("caption"))
        height = painter.fontMetrics().height()
        dot = theme.size("space_s")
        x = 0
        for index, (part, count) in enumerate(zip(PARTS, self._counts, strict=False)):
            text = f"{tr(part)} {number(count)}"
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.series(index))
            painter.drawEllipse(QRectF(x, top + (height - dot) / 2 + 1, dot - 2, dot - 2))
            painter.setPen(theme.color("muted"))
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.drawText(QRectF(x + dot + 2, top, width + 2, height), text)
            x += width + 3 * dot


class DataForm(QWidget):
    """Shows and changes `project.data`; every change is an undoable edit."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._dataset_id = ""
        self._suggested: list[str] = []
        self.dataset_form: Form | None = None
        self._dataset: QVBoxLayout = column(None, gap="space_m")
        self._division_heading = heading(tr("Division"))
        self._bar = SplitBar()
        self.division_form = Form.of(Division, self._division_values(), tr("Division"))
        self.division_form.changed.connect(self._set_division)
        self.division_form.reset.connect(self._reset_division)
        self.division_form.finished.connect(self._finished)
        self._tested = label("", "warning", wrap=True)
        self._tested.hide()
        self._tested_of: tuple[Path, str] | None = None
        studio.run.began_or_ended.connect(self._forget_tested)
        self._facts: QVBoxLayout = column(None, gap="space_xs")
        content = panel()
        column(
            content,
            self._dataset,
            line(),
            self._division_heading,
            self._bar,
            self._tested,
            self.division_form,
            line(),
            self._facts,
            None,
            margin="space_l",
            gap="space_m",
        )
        column(self, content, gap="")

    @property
    def spec(self) -> DatasetSpec | None:
        return self._studio.registry.datasets.get(self._studio.project.data.dataset.type)

    def refresh(self, info: DataInfo | None) -> None:
        entry = self._studio.project.data.dataset
        if entry.type != self._dataset_id or (self.dataset_form is None and self.spec is not None):
            self._rebuild()
        if self.dataset_form is not None:
            self.dataset_form.set_values(entry.params)
        self.division_form.set_values(self._division_values())
        left_out = unused(self._studio.project.data)
        for name in ("split_field", "fold", "validation", "split_seed", "stratify"):
            self.division_form.rows[name].setVisible(name not in left_out)
        if info is not None:
            self._suggest(columns(info))
        self._bar.setVisible(info is not None)
        self._show_tested(info)
        self._show_facts(info)

    def _suggest(self, names: list[str]) -> None:
        """The fields that can be split by, offered while one is typed."""
        edit = self.division_form.rows["split_field"].line
        if edit is not None and names != self._suggested:
            self._suggested = names
            completer = QCompleter(names, edit)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.activated.connect(self._set_split_field)
            edit.setCompleter(completer)
            edit.setPlaceholderText(", ".join(names[:3]))

    def _rebuild(self) -> None:
        clear(self._dataset)
        self.dataset_form = None
        spec = self.spec
        self._dataset_id = self._studio.project.data.dataset.type
        if spec is None:
            words = (
                tr("No loaded plugin brings the dataset '{id}'.", id=self._dataset_id)
                if self._dataset_id
                else tr("Choose a dataset at the left.")
            )
            self._dataset.addWidget(label(words, "muted", wrap=True))
            return
        sentence, _, source = spec_words(spec)
        self._dataset.addWidget(title_row(spec.title, tr(spec.category), "category.data"))
        self._dataset.addWidget(label(sentence, "muted", wrap=True))
        if source:
            self._dataset.addWidget(label(source, "caption", wrap=True, select=True))
        if spec.params.model_fields:
            self.dataset_form = Form.of(spec.params, self._studio.project.data.dataset.params, spec.title)
            self.dataset_form.changed.connect(self._set_param)
            self.dataset_form.reset.connect(self._reset_param)
            self.dataset_form.finished.connect(self._finished)
            self._dataset.addWidget(self.dataset_form)

    def _show_tested(self, info: DataInfo | None) -> None:
        """Who has looked at the test part already."""
        asked = (self._studio.runs_folder, info.fingerprint if info is not None and info.test else "")
        if asked != self._tested_of:  # reading all runs at every key would be felt
            self._tested_of = asked
            said = words(who_tested(RunStore(asked[0]), asked[1])) if asked[1] else ""
            self._tested.setText(said)
            self._tested.setVisible(bool(said))

    def _forget_tested(self) -> None:
        self._tested_of = None

    def _show_facts(self, info: DataInfo | None) -> None:
        clear(self._facts)
        if info is None:
            return
        self._bar.show_counts((info.train, info.validation, info.test))
        self._facts.addWidget(FactRow(tr("samples"), number(info.samples)))
        for name in (*info.inputs, info.target):
            if name in info.fields:
                field = info.fields[name]
                size = "" if not field.shape else f" {shape_text((1, *field.shape))}"
                self._facts.addWidget(FactRow(name, tr(field.kind) + size))
        for name, text in ((tr("source"), info.source), (tr("licence"), info.licence)):
            if text:
                self._facts.addWidget(heading(name))
                self._facts.addWidget(label(text, "caption", wrap=True, select=True))
        if info.notes:
            self._facts.addWidget(heading(tr("Done on loading")))
        for note in info.notes:
            self._facts.addWidget(label(note, "caption", wrap=True, select=True))

    # ── edits ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _division_values(self) -> dict[str, Any]:
        """Those that differ from the default."""
        data, usual = self._studio.project.data, Data()
        values = {name: getattr(data, name) for name in Division.model_fields}
        return {name: value for name, value in values.items() if value != getattr(usual, name)}

    def _set_division(self, name: str, value: Any) -> None:
        self._studio.do(edits.set_field(self._studio.project, "data", name, value))

    def _reset_division(self, name: str) -> None:
        self._finished()
        self._set_division(name, getattr(Data(), name))
        self._finished()

    def _set_split_field(self, name: str) -> None:
        self._set_division("split_field", name)

    def _set_param(self, name: str, value: Any) -> None:
        spec, entry = self.spec, self._studio.project.data.dataset
        if spec is not None:
            default = spec.params.model_fields[name].get_default()
            changed = Entry(entry.type, values_of(entry.params, name, value, default), entry.enabled)
            self._studio.do(edits.set_field(self._studio.project, "data", "dataset", changed))

    def _reset_param(self, name: str) -> None:
        spec = self.spec
        if spec is not None:
            self._finished()
            self._set_param(name, spec.params.model_fields[name].get_default())
            self._finished()

    def _finished(self) -> None:
        self._studio.document.end_merge()
