"""The theme says what the design says, can be read, and can be told apart by the colour-blind."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import numpy as np
import pytest

from nnstudio.resources import resource

THEME: dict[str, Any] = json.loads(resource("themes/nnstudio.json").read_text("utf-8"))
MODES = ("dark", "light")

DESIGN = {
    "dark": "background #111318 panel #181b22 raised #20242d line #2c313c grid_dot #1d2129 text #e8ebf1 muted #9aa3b5 "
    "faint #5d6678 accent #6ea8fe good #3fb68b warning #f2b84b bad #ff6b5e",
    "light": "background #f3f4f7 panel #ffffff raised #f7f8fa line #d9dde5 grid_dot #e7e9ee text #1a1e27 muted #5d6678 "
    "faint #9aa3b5 accent #2b6fe3 good #12805c warning #a86b00 bad #d23f31",
}
CATEGORIES = (
    "data #56b4e9 weights #e69f00 activation #d6c93a normalization #22a884 "
    "regularization #cc79a7 shape #8b93a7 sequence #5b8def output #e0662f block #a88bfa"
)

# Full protanopia, deuteranopia and tritanopia (Machado, Oliveira, Fernandes 2009), on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    )
    xyz = to_xyz @ rgb / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(a: str, b: str, sight: str) -> float:
    seen = [lab(np.clip(SIGHT[sight] @ linear(c), 0, 1)) for c in (a, b)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def colours(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [c for v in node.values() for c in colours(v)]
    if isinstance(node, list):
        return [c for v in node for c in colours(v)]
    return [node] if isinstance(node, str) else []


@pytest.mark.parametrize("mode", MODES)
def test_design_tokens(mode: str) -> None:
    assert {k: THEME[mode]["color"][k] for k in pairs(DESIGN[mode])} == pairs(DESIGN[mode])
    assert THEME[mode]["category"] == pairs(CATEGORIES)


def test_sizes_from_the_design() -> None:
    sizes = THEME["type"]["size"]
    assert [sizes[k] for k in ("caption", "body", "control", "title")] == [11, 12, 13, 16]
    assert [THEME["radius"][k] for k in ("field", "button", "card", "node")] == [6, 8, 10, 10]
    assert THEME["icon"] | {"size": 16, "stroke": 1.6} == THEME["icon"]
    assert THEME["motion"]["panel_ms"] == THEME["motion"]["fit_ms"] == 120
    assert all(v % 4 == 0 for k, v in THEME["space"].items() if k != "xxs")


def test_both_modes_have_the_same_tokens() -> None:
    def shape(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: shape(v) for k, v in node.items()}
        return len(node) if isinstance(node, list) else type(node).__name__

    assert shape(THEME["dark"]) == shape(THEME["light"])
    assert len(THEME["dash"]) == len(THEME["dark"]["series"])


@pytest.mark.parametrize("mode", MODES)
def test_colours_are_opaque_hex(mode: str) -> None:
    assert [c for c in colours(THEME[mode]) if not re.fullmatch(r"#[0-9a-f]{6}", c)] == []


def readable() -> list[tuple[str, str, str]]:
    surfaces = ("background", "panel", "raised", "hover", "selected", "field", "node", "tooltip", "canvas")
    cases = [("text", s, "color") for s in surfaces]
    cases += [("muted", s, "color") for s in surfaces]
    cases += [
        (f"{k}_text", s, "color") for k in ("accent", "good", "warning", "bad") for s in ("panel", "raised", "node")
    ]
    cases += [(f"{k}_text", f"{k}_soft", "color") for k in ("accent", "good", "warning", "bad")]
    cases += [("text", f"{k}_soft", "color") for k in ("accent", "good", "warning", "bad")]
    cases += [(f"on_{k}", k, "color") for k in ("accent", "good", "bad", "selection")]
    cases += [("on_accent", "accent_hover", "color"), ("on_accent", "accent_pressed", "color")]
    cases += [
        ("wire_label", "canvas", "color"),
        *(("placeholder", s, "color") for s in ("field", "raised", "node", "background")),
        ("text", "track", "color"),
        ("chart_axis", "raised", "color"),
    ]
    marks = ("background", "current_line", "marked_line")
    names = [k for k in THEME["dark"]["code"] if k not in marks]
    cases += [(n, "background", "code") for n in names]
    return cases


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("ink", "surface", "group"), readable())
def test_words_are_readable(mode: str, ink: str, surface: str, group: str) -> None:
    tokens = THEME[mode][group]
    assert contrast(tokens[ink], tokens[surface]) >= 4.5


def over(above: str, below: str, alpha: float) -> str:
    """`above`, painted on `below` with this opacity."""
    a, b = (np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) for colour in (above, below))
    return "#" + "".join(f"{round(value):02x}" for value in alpha * a + (1 - alpha) * b)


@pytest.mark.parametrize("mode", MODES)
def test_words_of_a_bypassed_node_are_readable_even_where_the_hatch_crosses_them(mode: str) -> None:
    tokens, alpha = THEME[mode]["color"], THEME[mode]["alpha"]
    card = over(tokens["node"], tokens["canvas"], alpha["bypassed"])
    for ground in (card, over(tokens["wire"], card, alpha["bypassed"])):
        assert contrast(over(tokens["text"], ground, alpha["bypassed_text"]), ground) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_signs_are_visible(mode: str) -> None:
    tokens = THEME[mode]["color"]
    for surface in ("panel", "raised"):
        for name in ("accent", "good", "warning", "bad", "focus"):
            assert contrast(tokens[name], tokens[surface]) >= 3, name
        for name, colour in THEME[mode]["category_ink"].items():
            assert contrast(colour, tokens[surface]) >= 3, name
        for colour in THEME[mode]["series"]:
            assert contrast(colour, tokens[surface]) >= 3, colour
    assert contrast(tokens["on_warning"], tokens["warning"]) >= 4
    assert contrast(tokens["wire"], tokens["canvas"]) >= 2.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sight", SIGHT)
def test_curves_can_be_told_apart(mode: str, sight: str) -> None:
    """The first four by colour alone; among all eight, those that come close in colour differ in their dashes."""
    series = THEME[mode]["series"]
    for (i, a), (j, b) in itertools.combinations(enumerate(series), 2):
        least = 20 if max(i, j) < 4 else 12 if THEME["dash"][i] == THEME["dash"][j] else 5
        assert difference(a, b, sight) >= least, (a, b)
    tokens = THEME[mode]["color"]
    assert difference(tokens["right"], tokens["wrong"], sight) >= 20
