"""Formulas as they stand in the inspector: typeset, and none of the built-in ones cut."""

import re

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from nnstudio import plugins
from nnstudio.gui.inspector.entry_form import formula_card, spec_words
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.formula import Formula, Part, parts

REGISTRY = plugins.load(safe_mode=True).registry
FORMULAS = {
    f"{kind} {id}": formula
    for kind, specs in REGISTRY.specs.items()
    for id, spec in specs.items()
    if hasattr(spec, "params") and (formula := spec_words(spec)[1])
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y_i = x_{ij}", [Part("y"), Part("i", "_"), Part(" = x"), Part("ij", "_")]),
        ("η₀ γ^⌊(n + 1) t / T⌋", [Part("η₀ γ"), Part("⌊(n + 1) t / T⌋", "^")]),
        ("e^(−k t) |h_j²|", [Part("e"), Part("−k t", "^"), Part(" |h"), Part("j", "_"), Part("²|")]),
        ("y = x", [Part("y = x")]),
    ],
)
def test_what_stands_higher_or_lower_is_told_from_the_rest(line: str, expected: list[Part]) -> None:
    assert parts(line) == expected


def test_no_built_in_formula_shows_markup() -> None:
    shown = {
        name: [part.text for line in formula.splitlines() for part in parts(line)] for name, formula in FORMULAS.items()
    }
    assert len(shown) > 100
    assert not [name for name, texts in shown.items() if any(re.search(r"[_^{}`]", text) for text in texts)]


def test_no_built_in_formula_is_cut_in_the_inspector(qtbot: QtBot) -> None:
    room = theme.size("inspector") - 2 * theme.size("space_l") - 2 * theme.size("space_s")
    for name, formula in FORMULAS.items():
        card = formula_card(formula)
        qtbot.addWidget(card)
        (widget,) = card.findChildren(Formula)
        assert widget.least_width() <= room, name


def test_an_index_is_painted_below_an_exponent(qtbot: QtBot) -> None:
    def middle(line: str) -> float:
        widget = Formula([line])
        qtbot.addWidget(widget)
        widget.resize(200, widget.height())
        image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        rows = [
            y for y in range(image.height()) for x in range(image.width()) if image.pixel(x, y) != image.pixel(0, 0)
        ]
        return sum(rows) / len(rows)

    assert middle("_{nnn}") > middle("nnn") > middle("^{nnn}")
