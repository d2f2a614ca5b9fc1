"""The form of one chosen plugin (optimizer, schedule, dataset …): its sentence, formula, parameters, facts."""

import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QFrame, QWidget

from nnstudio.gui.widgets.basics import card, column, label, row
from nnstudio.gui.widgets.formula import Formula
from nnstudio.gui.widgets.painted import Bar
from nnstudio.specs import describe


def title_row(title: str, kind: str, token: str) -> QWidget:
    """The bar in its colour, the title, and at the right what kind of thing it is."""
    widget = QWidget()
    name = label(title, "title", wrap=True)
    row(widget, Bar(token), name, label(kind, "caption")).setStretch(1, 1)
    return widget


def formula_card(formula: str) -> QFrame:
    """A formula, one line a step, centred in the formula's own face."""
    frame = card("inset")
    lines = [part.strip() for part in re.split(r"\n|;\s*|,?\s{2,}", formula) if part.strip()]
    column(frame, Formula(lines), margin="space_s")
    return frame


def spec_words(spec: Any) -> tuple[str, str, str]:
    """(sentence, formula, source) of a spec: its own formula wins over the docstring's."""
    sentence, formula, source = describe(spec.params)
    return sentence, getattr(spec, "formula", "") or formula, source


def values_of(params: Mapping[str, Any], name: str, value: Any, default: Any) -> dict[str, Any]:
    """`params` with `name` set; a value that is the default is not kept."""
    kept = {key: item for key, item in params.items() if key != name}
    return kept if value == default else {**kept, name: value}
