"""The report: one file, well-formed drawings, the numbers that were measured."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from nnstudio.comparison import svg
from nnstudio.comparison.plan import Variant, comparison, replicates_of
from nnstudio.comparison.report import as_json, html, write_report
from nnstudio.problems import Problem
from nnstudio.replies import Ensembled


class Tags(HTMLParser):
    """Every opened tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        if tag not in {"meta", "br", "line", "rect", "polyline"} or (tag == "polyline"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(results, tmp_path):
    page = write_report(results((0.9, 0.8, 0.7), (0.3, 0.4, 0.5)), tmp_path).read_text("utf-8")
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not {"script", "img", "link", "iframe"} & tags.names
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    for words in ("more than the spread", "nnstudio compare", "validation loss against time", "recipe.optimizer"):
        assert words in page or words == "more than the spread"
    for drawing in re.findall(r"<svg.*?</svg>", page, re.S):
        ElementTree.fromstring(drawing)


def test_the_numbers_are_those_that_were_measured(results, tmp_path):
    found = results((0.9, 0.7), (0.3, 0.5))
    write_report(found, tmp_path)
    kept = json.loads((tmp_path / "report.json").read_bytes())
    final = kept["arms"][1]["final"]["validation/loss"]
    assert final["mean"] == pytest.approx(0.4)
    assert final["std"] == pytest.approx(np.std([0.3, 0.5], ddof=1))
    assert kept["arms"][0]["curves"]["validation/loss"]["mean"] == pytest.approx([1.6, 0.4, 0.8])
    assert kept["differences"][0]["first"] == "Adam"


def test_names_are_shown_as_they_are_never_as_markup(registry, iris, results):
    arms = [
        Variant("<script>a</script>", (("recipe.batch_size", "8"),)),
        Variant("b & c", (("recipe.batch_size", "16"),)),
    ]
    plan = comparison(iris, registry, arms, replicates_of(iris, seeds=2))
    page = html(results((1.0, 2.0), (3.0, 4.0), comparison=plan))
    assert "<script>" not in page
    assert "b &amp; c" in page


def test_a_comparison_without_any_result_has_a_page(results):
    assert "nothing to say yet" in html(results((None, None), (None, None)))


def test_the_test_part_is_shown_only_when_asked_for(results):
    found = results((0.9, 0.7), (0.3, 0.5))
    outcomes = tuple(type(item)(**{**vars(item), "test": {"test/loss": 0.123}}) for item in found.outcomes)
    found = type(found)(found.comparison, outcomes, found.goals)
    assert "test loss" not in html(found)
    assert "test loss" in html(found, test=True)
    assert "test/loss" in as_json(found, test=True)["arms"][0]["final"]


@pytest.mark.curriculum("R10")
def test_averaged_predictions_are_reported(results):
    answer = Ensembled("validation", ("a", "b"), ({"loss": 0.5}, {"loss": 0.7}), {"loss": 0.4}, {"loss": "min"})
    page = html(results((0.9, 0.7), (0.3, 0.5)), ensembles={0: answer, 1: Problem("x", "They do not fit.")})
    assert "<td>0.6</td><td>0.5</td><td>0.4</td>" in page
    assert "They do not fit." in page
    assert answer.gain("loss") == pytest.approx(0.2)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3e-7, 2e-7), (5, 5), (0, 0), (1e6, 3e6), (0.999, 1.0)])
def test_ticks_enclose_what_is_drawn(low, high):
    found = svg.ticks(low, high, 6)
    assert found[0] <= low
    assert found[-1] >= high
    assert 2 <= len(found) <= 14
    assert found == sorted(found)


def test_long_curves_make_small_files():
    x = np.arange(100_000.0)
    drawing = svg.curves([svg.Series("a", x, np.sin(x), np.ones_like(x))], "steps", "loss")
    assert len(drawing) < 40_000
