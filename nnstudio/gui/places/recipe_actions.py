"""What can be done with the lines of a recipe: add, copy, paste, duplicate, remove, move, switch. Each is one undoable edit."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from nnstudio.gui.palette import Choice
from nnstudio.gui.places.recipe_cards import LOOKS
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project import recipe_entries as entries
from nnstudio.project.edits import Edit, set_field
from nnstudio.project.project import Entry, Rule
from nnstudio.specs import describe

ADDED = (
    "augmentations",
    "regularizers",
    "noise",
    "gradients",
    "constraints",
    "average",
    "stops",
    "batch_schedule",
    "metrics",
)
"""What the recipe can have more of, in the order of a step."""
CHOSEN = ("initializer", "optimizer", "schedule")
"""What it has exactly one of."""


class RecipeActions:
    """keys(): the chosen lines, the main one last; choose(keys): choose these."""

    def __init__(
        self, studio: Studio, keys: Callable[[], tuple[str, ...]], choose: Callable[[tuple[str, ...]], None]
    ) -> None:
        self._studio = studio
        self._keys, self._choose = keys, choose

    def _do(self, edit: Edit, keys: tuple[str, ...] = ()) -> None:
        """One step of its own; the lines `keys` are chosen after it."""
        self._studio.document.end_merge()
        self._studio.do(edit)
        self._studio.document.end_merge()
        if keys:
            self._choose(keys)

    # ── adding ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def addable(self) -> list[Choice]:
        """All that can be added to the recipe or chosen in it, for the searchable list."""
        registry = self._studio.registry
        choices: list[Choice] = []
        for field in (*ADDED, *CHOSEN):
            kind = (entries.SINGLE | entries.SEVERAL)[field]
            name = LOOKS[field][0]()
            for id, spec in registry.of(kind).items():
                words = (f"{name} {spec.title}", *getattr(spec, "aliases", ()), id, describe(spec.params)[0][:80])
                icon = "plus" if field in ADDED else "check"
                choices.append(Choice(spec.title, name, partial(self.add, field, id), words, icon))
        choices.append(Choice(tr("Rule for some nodes"), tr("Rules"), self.add_rule, ("pattern freeze",), "plus"))
        return choices

    def add(self, field: str, id: str) -> None:
        chosen = self._keys()[-1] if self._keys() else ""
        edit, key = entries.add(self._studio.project, field, Entry(id), chosen)
        self._do(edit, (key,))

    def add_rule(self) -> None:
        """A rule for all nodes, to be narrowed."""
        edit, key = entries.add(self._studio.project, entries.RULES, Rule("*"))
        self._do(edit, (key,))

    # ── the chosen lines ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def copied(self) -> tuple[str, ...]:
        """Of the chosen lines those that can be copied, in the order of the recipe."""
        there = [key for key in self._keys() if entries.item_at(self._studio.project.recipe, key) is not None]
        return tuple(sorted(there, key=lambda key: (entries.field_of(key), entries.index_of(key) or 0)))

    def copy(self) -> None:
        """To the clipboard, as JSON text: for another project, or a message."""
        text = entries.to_text(self._studio.project.recipe, self.copied)
        if text:
            QGuiApplication.clipboard().setText(text)

    def cut(self) -> None:
        self.copy()
        self.remove()

    def paste(self) -> None:
        """What the clipboard holds of a recipe, behind the chosen line."""
        items, problems = entries.from_text(QGuiApplication.clipboard().text())
        self._studio.say_all(problems)
        if not items:
            if not problems:
                words = tr("The clipboard holds no recipe entries. Copy some cards first, here or in another project.")
                self._studio.message.emit(words, "info")
            return
        edit, keys = entries.paste(self._studio.project, items, self._keys()[-1] if self._keys() else "")
        self._do(edit, keys)

    def duplicate(self) -> None:
        listed = [key for key in self.copied if entries.in_list(key)]
        if not listed:
            return
        recipe = self._studio.project.recipe
        items = [(entries.field_of(key), item) for key in listed if (item := entries.item_at(recipe, key)) is not None]
        edit, keys = entries.paste(self._studio.project, items, listed[-1])
        self._do(Edit(tr("Duplicate"), edit.changes), keys)

    def remove(self) -> None:
        gone = [key for key in self._keys() if entries.removable(key)]
        if gone:
            self._do(entries.remove(self._studio.project, gone))

    def move(self, key: str, to: int) -> None:
        edit, new = entries.move(self._studio.project, key, to)
        self._do(edit, (new,))

    def switch(self, key: str, on: bool) -> None:
        project = self._studio.project
        if key == "standardize":
            self._do(set_field(project, "data", "standardize", "auto" if on else "none"))
        elif entries.item_at(project.recipe, key) is not None:
            self._do(entries.switch(project, key, on))

    # ── keys and menu ─────────────────────────────────────────────────────────────────────────────────────────────────

    def key(self, event: QKeyEvent) -> bool:
        """Do what the keys say; False where they say nothing here."""
        for sequence, run in (
            (QKeySequence.StandardKey.Copy, self.copy),
            (QKeySequence.StandardKey.Cut, self.cut),
            (QKeySequence.StandardKey.Paste, self.paste),
            (QKeySequence.StandardKey.Delete, self.remove),
            (QKeySequence("Backspace"), self.remove),
            (QKeySequence("Ctrl+D"), self.duplicate),
        ):
            matches = (
                event.matches(sequence)
                if isinstance(sequence, QKeySequence.StandardKey)
                else QKeySequence(event.keyCombination()) == sequence
            )
            if matches:
                run()
                return True
        return False

    def menu(self, parent: QWidget, add: Callable[[], None]) -> QMenu:
        """What can be done with the chosen lines."""
        menu = QMenu(parent)
        keys = self._keys()
        key = keys[-1] if keys else ""
        listed = any(entries.in_list(each) for each in keys)
        index = entries.index_of(key)
        count = len(getattr(self._studio.project.recipe, entries.field_of(key))) if index is not None else 0
        rows: Sequence[tuple[str, str, str, Callable[[], object], bool] | None] = (
            (tr("Add to the recipe …"), "", "plus", add, True),
            None,
            (tr("Copy"), "Ctrl+C", "copy", self.copy, bool(self.copied)),
            (tr("Paste"), "Ctrl+V", "clipboard", self.paste, True),
            (tr("Duplicate"), "Ctrl+D", "copy-plus", self.duplicate, listed),
            None,
            (tr("Move up"), "Alt+Up", "arrow-up", lambda: self.move(key, (index or 0) - 1), bool(index)),
            (tr("Move down"), "Alt+Down", "arrow-down", lambda: self.move(key, (index or 0) + 1), index is not None and index + 1 < count),
            None,
            (tr("Remove"), "Del", "trash-2", self.remove, any(entries.removable(each) for each in keys)),
        )  # fmt: skip
        for item in rows:
            if item is None:
                menu.addSeparator()
                continue
            title, shortcut, icon, run, enabled = item
            action = menu.addAction(theme.icon(icon), f"{title}\t{shortcut}" if shortcut else title)
            action.setEnabled(enabled)
            action.triggered.connect(partial(_call, run))
        return menu


def _call(run: Callable[[], object], _checked: bool = False) -> None:
    run()
