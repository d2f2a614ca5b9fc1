"""The text that is kept in pieces is the same, to the byte, as the one written at once; whatever changed in between."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from strategies import projects

from nnstudio.project.file import from_json, to_json, write
from nnstudio.project.file_text import FileText
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project
from nnstudio.project.safe_json import MAX_DEPTH, parse, render


@given(projects(), projects())
def test_the_same_to_the_byte(first: Project, second: Project) -> None:
    text = FileText()
    for project in (first, second, first):
        assert text.of(project) == render(to_json(project))


def test_blocks_and_what_goes() -> None:
    inner = Graph({"a": Node("a", "x", {"k": [1, {"z": "ä\n"}]}), "b": Node("b", "x")}, {Slot("b"): Source("a")})
    project = Project(
        graph=Graph({"n": Node("n", "block:one")}),
        blocks={"one": Block("one", graph=inner), "empty": Block("empty"), "two": Block("two", graph=inner)},
        extras={"later": {"graph": 1}, "graph": {"more": [2]}},
    )
    text = FileText()
    assert text.of(project) == render(to_json(project))
    fewer = replace(project, blocks={"two": project.blocks["two"]}, graph=Graph())
    assert text.of(fewer) == render(to_json(fewer))
    assert text.of(project) == render(to_json(project))


def test_half_a_surrogate_pair_is_escaped() -> None:
    project = Project(graph=Graph({"n": Node("n", "x", name="\ud800")}))
    assert FileText().of(project) == render(to_json(project))
    assert from_json(parse(FileText().of(project))[0])[0] == project


@pytest.mark.parametrize("bad", [math.nan, math.inf, {1: 2}, object(), b"x"])
def test_what_no_file_can_hold_is_refused_with_its_place(bad: object, tmp_path) -> None:
    project = Project(graph=Graph({"n": Node("n", "x", {"k": bad})}))
    with pytest.raises((ValueError, TypeError)):
        FileText().of(project)
    problems = write(project, tmp_path / "bad.nns")
    assert problems
    assert "graph.nodes[0].params.k" in problems[0].message
    assert not (tmp_path / "bad.nns").exists()


def test_what_is_too_deep_to_be_read_is_not_written(tmp_path) -> None:
    value: object = 1
    for depth in range(1, MAX_DEPTH):
        value = [value]
        project = Project(graph=Graph({"n": Node("n", "x", {"k": value})}))
        readable = from_json(to_json(project))[0] is not None
        assert bool(write(project, tmp_path / "deep.nns")) != readable, depth
