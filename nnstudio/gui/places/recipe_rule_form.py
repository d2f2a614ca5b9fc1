"""The form of a rule: which nodes it means, and what they do otherwise than the recipe says."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from nnstudio.gui.inspector.points_edit import ValueEdit
from nnstudio.gui.inspector.training import Source, TrainingSettings, of_rule
from nnstudio.gui.places.recipe_words import rule_detail
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import column, label, set_property
from nnstudio.project.project import Rule
from nnstudio.project.recipe_entries import item_at, put
from nnstudio.project.rules import Effective


class RuleForm(QWidget):
    """`key`: of the rule's line. A rule for one node is changed in the inspector as well."""

    def __init__(self, studio: Studio, key: str) -> None:
        super().__init__()
        self._studio, self._key = studio, key
        self.match = ValueEdit()
        self.match.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.match.setAccessibleName(tr("Which nodes"))
        self.match.textEdited.connect(self._typed)
        self.match.editingFinished.connect(self._finish)
        self._met = label("", "muted", wrap=True)
        help = tr(
            "fc*: nodes by name; type:torch.conv*: by type; #conv1: this one node; *: all. The later rule wins; one for a single node beats patterns."
        )
        self.settings = TrainingSettings(studio, Source(self._held, self._own, self._origin, self._put))
        column(
            self,
            column(None, label(tr("match"), "strong"), label(help, "caption", wrap=True), self.match, self._met, gap="space_xs"),
            self.settings,
            gap="space_m",
        )  # fmt: skip
        self.refresh()

    @property
    def rule(self) -> Rule:
        item = item_at(self._studio.project.recipe, self._key)
        return item if isinstance(item, Rule) else Rule("")

    def _typed(self, text: str) -> None:
        set_property(self.match, "invalid", "true" if not text.strip() else "false")
        if text.strip():
            self._studio.do(put(self._studio.project, self._key, replace(self.rule, match=text.strip())))

    def _finish(self) -> None:
        """A rule for nothing is none: it means again what it meant before."""
        if not self.match.text().strip():
            self.match.setText(self.match.before)
            self._typed(self.match.before)
        self._studio.document.end_merge()

    def _held(self) -> Effective:
        return of_rule(self._studio.project.recipe, self.rule)

    def _own(self, name: str) -> bool:
        return getattr(self.rule, name) is not None

    def _origin(self, name: str) -> str:
        return tr("set here") if self._own(name) else tr("as the recipe says, or another rule")

    def _put(self, name: str, value: Any) -> None:
        self._studio.do(put(self._studio.project, self._key, replace(self.rule, **{name: value})))

    def refresh(self) -> None:
        if item_at(self._studio.project.recipe, self._key) is None:
            return
        if not self.match.typing:
            self.match.setText(self.rule.match)
        self._met.setText(rule_detail(self.rule, self._studio.project))
        self.settings.refresh()
