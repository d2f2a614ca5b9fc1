"""The gallery's projects open, are laid out well, and train to the figures that they state."""

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from nnstudio.events import Failed, Finished
from nnstudio.plugins import load
from nnstudio.problems import NNStudioError
from nnstudio.project.check import check
from nnstudio.project.file import from_json, read, to_json
from nnstudio.project.gallery import example_file, open_example
from nnstudio.project.project import Entry, Project
from nnstudio.project.safe_json import render
from nnstudio.registry import Registry
from nnstudio.specs import ExampleSpec

REGISTRY = load(safe_mode=True).registry
NAMES = [spec.id.removeprefix("nnstudio.") for spec in REGISTRY.examples.values() if not spec.lab]
FULL_SET = Path("/usr/share/datasets/fashion-mnist")
CARD = (160, 68)


def trained(project: Project) -> dict[str, float]:
    """The values at the end of training, the test part's among them."""
    from nnstudio.train.loop import train

    last = None
    for event in train(project, REGISTRY, threads=1):
        last = event
    assert not isinstance(last, Failed), last
    assert isinstance(last, Finished)
    return dict(last.values)


def stated(name: str) -> list[float]:
    """The percentages in what the example says that it reaches."""
    return [float(number) / 100 for number in re.findall(r"(\d+) %", REGISTRY.examples[f"nnstudio.{name}"].reaches)]


def test_the_nine_projects_are_there_from_simple_to_large() -> None:
    plain = ["xor", "two_moons", "spirals", "iris", "digits_mlp", "fashion_mnist_mlp", "fashion_mnist_lenet"]
    assert [*plain, "digits_rnn", "fashion_mnist_resnet"] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_and_nothing_stands_against_it(name: str) -> None:
    project = open_example(name, REGISTRY)
    assert check(project, REGISTRY) == ()
    assert project.name
    assert project.notes
    spec = REGISTRY.examples[f"nnstudio.{name}"]
    assert spec.title == project.name
    assert spec.text
    assert project == open_example(f"nnstudio.{name}", REGISTRY)


@pytest.mark.parametrize("name", NAMES)
def test_its_file_is_as_saving_would_write_it(name: str) -> None:
    file = example_file(REGISTRY.examples[f"nnstudio.{name}"])
    project, problems = read(file)
    assert project is not None
    assert problems == ()
    assert render(to_json(project)) == file.read_bytes()
    assert from_json(to_json(project)) == (project, ())


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_the_window_and_reads_from_left_to_right(name: str) -> None:
    graph = open_example(name, REGISTRY).graph
    places = {node.id: node.position for node in graph}
    for (ax, ay), (bx, by) in combinations(places.values(), 2):
        assert abs(ax - bx) >= CARD[0] + 40 or abs(ay - by) >= CARD[1] + 60, "cards have room between them"
    assert max(x for x, _ in places.values()) + CARD[0] <= 1000
    assert max(y for _, y in places.values()) + CARD[1] <= 480
    for wire in graph.all_wires():
        (ax, ay), (bx, by) = places[wire.source.node], places[wire.target.node]
        assert (ay, ax) < (by, bx), "a wire goes on in its row, or down to the next"


@pytest.mark.parametrize("name", ["digits_rnn", "fashion_mnist_resnet"])
def test_its_block_reads_from_left_to_right_too(name: str) -> None:
    (block,) = open_example(name, REGISTRY).blocks.values()
    places = {node.id: node.position for node in block.graph}
    for (ax, ay), (bx, by) in combinations(places.values(), 2):
        assert abs(ax - bx) >= CARD[0] + 40 or abs(ay - by) >= CARD[1] + 60, "cards have room between them"
    assert all(places[wire.source.node][0] < places[wire.target.node][0] for wire in block.graph.all_wires())
    assert block.title
    assert block.note


@pytest.mark.parametrize("name", NAMES)
def test_it_reaches_what_it_states(name: str) -> None:
    values = trained(open_example(name, REGISTRY))
    assert values["test/accuracy"] >= stated(name)[0]


@pytest.mark.full_data
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not FULL_SET.is_dir(), reason="no full Fashion-MNIST here (Debian: dataset-fashion-mnist)")
def test_the_lenet_reaches_its_figure_on_the_full_set() -> None:
    project = open_example("fashion_mnist_lenet", REGISTRY)
    full = replace(project.data, dataset=Entry("nnstudio.fashion_mnist", {"which": "full"}))
    values = trained(replace(project, data=full, recipe=replace(project.recipe, epochs=10)))
    assert stated("fashion_mnist_lenet")[1] >= 0.89
    assert values["test/accuracy"] >= stated("fashion_mnist_lenet")[1]


def test_an_unknown_example_is_named_with_what_comes_near() -> None:
    with pytest.raises(NNStudioError, match="xorr") as caught:
        open_example("xorr", REGISTRY)
    assert "xor" in caught.value.problems[0].remedy


def test_an_example_whose_file_is_broken_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "gallery_of_one.py").write_text("")
    spec = ExampleSpec("one.broken", "Broken", "broken.nns", package="gallery_of_one")
    registry = Registry({"example": {spec.id: spec}})
    with pytest.raises(NNStudioError, match="There is no file"):
        open_example("broken", registry)
    (tmp_path / "broken.nns").write_text('{"format": 1,')
    with pytest.raises(NNStudioError, match="ends too early"):
        open_example("broken", registry)
