"""The table of experiments: each is whole, runs, crosses to the app, is in the manual, and is the same from everywhere."""

import json
import subprocess
import sys

import numpy as np
import pytest
from experiment_helpers import moons

from nnstudio import experiment, protocol
from nnstudio.cli import main
from nnstudio.engine.answers import Answers
from nnstudio.experiments.bench import Bench
from nnstudio.experiments.perform import perform
from nnstudio.experiments.table import EXPERIMENTS
from nnstudio.gui.figures.check import fault
from nnstudio.params import form_fields
from nnstudio.plugins import load
from nnstudio.problems import NNStudioError
from nnstudio.specs import describe

QUICK = {
    "landscape": {"points": 3, "epochs": 1},
    "queries": {"rounds": 1, "repeats": 1, "epochs": 1},
    "depth": {"width": 32},
    "gradient_noise": {"samples": 16, "largest": 4, "draws": 4},
}
NORMED = (("torch.linear", {"out_features": 12}), "torch.batch_norm1d", "torch.tanh")


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers(load(safe_mode=True), 1)


@pytest.mark.parametrize("id", EXPERIMENTS)
def test_each_runs_and_its_outcome_crosses_to_the_app(answers: Answers, id: str):
    found = answers.to("experiment", {"id": id, "project": moons(*NORMED), "params": QUICK.get(id, {})})
    crossed = protocol.decode(*protocol.encode(found))
    assert crossed.verdict.endswith((".", ")"))
    assert crossed.title == EXPERIMENTS[id].title
    assert crossed.figures
    assert [fault(figure) for figure in crossed.figures] == [""] * len(crossed.figures)
    for name, value in found.numbers.items():
        np.testing.assert_array_equal(crossed.numbers[name], value)


@pytest.mark.parametrize("id", EXPERIMENTS)
def test_each_says_what_it_is_and_bounds_its_numbers(id: str):
    sentence, formula, source = describe(EXPERIMENTS[id].params)
    assert sentence.endswith((".", "?"))
    assert source
    assert formula or id == "start"
    for field in form_fields(EXPERIMENTS[id].params):
        assert field.ui.help, field.name
        assert field.kind not in {"int", "float"} or (field.low is not None and field.high is not None), field.name


def test_what_is_asked_wrongly_is_refused_in_words(answers: Answers, bench: Bench):
    for value in ({"id": "nosuch"}, {"id": "one_batch"}, {"id": "race", "params": 3}, {"id": "race", "project": 3}):
        with pytest.raises(NNStudioError):
            answers.to("experiment", value)
    with pytest.raises(NNStudioError, match="steps"):
        perform("race", None, {"steps": 0}, bench)
    with pytest.raises(NNStudioError, match="nonsense"):
        perform("race", None, {"nonsense": 1}, bench)
    with pytest.raises(NNStudioError):
        answers.to("initial", {"project": moons(), "samples": -1})


def test_a_broken_project_is_told_as_its_problems(bench: Bench):
    with pytest.raises(NNStudioError, match="Conv"):
        perform("one_batch", moons(("torch.conv2d", {"out_channels": 2})), {}, bench)


def test_from_python_and_from_the_terminal_the_same(capsys, tmp_path):
    found = experiment("ravine", condition=50, steps=20)
    picture = tmp_path / "ravine.png"
    words = ["experiment", "ravine", "--param", "condition=50", "--param", "steps=20", "--safe-mode"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == found.verdict
    assert told["figures"][0]["kind"] == "Contour"
    np.testing.assert_allclose(told["numbers"]["descent"], found.numbers["descent"])
    done = subprocess.run(
        [sys.executable, "-m", "nnstudio", *words, "--picture", str(picture)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert found.verdict in done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "ravine-2.png").stat().st_size > 5000


def test_a_picture_may_be_a_drawing(tmp_path):
    words = ["experiment", "ravine", "--param", "steps=5", "--safe-mode", "--picture", str(tmp_path / "a.svg")]
    done = subprocess.run([sys.executable, "-m", "nnstudio", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "<svg" in (tmp_path / "a.svg").read_text()


def test_the_terminal_lists_and_describes(capsys):
    assert main(["experiment"]) == 0
    listed = capsys.readouterr().out
    assert all(id in listed for id in EXPERIMENTS)
    assert main(["experiment", "race", "--params"]) == 0
    assert "rosenbrock" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nosuch"], "no experiment 'nosuch'"),
        (["one_batch"], "needs a project"),
        (["race", "--param", "steps=0"], "steps is 0"),
        (["race", "--param", "steps"], "--param steps"),
        (["race", "--picture", "race.jpg"], ".jpg"),
        (["race", "--picture", "/nowhere/race.png"], "no folder"),
        (["one_batch", "nosuch.nns"], "nosuch.nns"),
    ],
)
def test_the_terminal_refuses_what_makes_no_sense(capsys, words: list[str], said: str):
    assert main(["experiment", *words, "--safe-mode"]) == 1
    assert said in capsys.readouterr().err
