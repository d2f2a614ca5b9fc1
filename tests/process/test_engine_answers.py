"""An engine's process answers what it is asked, and says what it cannot do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_helpers import PATIENCE, running_engine

from nnstudio.client import Engine
from nnstudio.plan import BATCH
from nnstudio.project.edits import apply, remove_nodes, set_param
from nnstudio.project.project import Data, Entry, Project
from nnstudio.replies import EngineError


def ask(engine: Engine, type: str, **value: Any) -> Any:
    return engine.request(type, value).result(PATIENCE)


def node_of(project: Project, type: str) -> str:
    return next(node.id for node in project.graph if node.type == type)


def test_it_says_who_it_is(shared: Engine) -> None:
    hello = shared.hello.result(PATIENCE)
    assert hello.pid == shared.pid
    assert hello.devices[0] == "cpu"
    assert hello.threads >= 1
    assert ask(shared, "hello") == hello


def test_it_is_ready_once_nothing_is_left_to_warm_up(shared: Engine) -> None:
    assert shared.ready.result(PATIENCE) is None


def test_inspect_gives_shapes_code_and_what_the_data_is(shared: Engine, xor: Project) -> None:
    seen = ask(shared, "inspect", project=xor)
    last = seen.plan.nodes[node_of(xor, "torch.cross_entropy")]
    assert last.inputs[0] == (BATCH, 2)
    assert seen.plan.parameters == 42
    assert "nn.Linear(2, 8)" in seen.code.text
    assert (seen.info.samples, seen.info.target) == (400, "label")
    assert seen.problems == ()


def test_inspect_says_what_is_wrong_and_where(shared: Engine, xor: Project) -> None:
    loss = node_of(xor, "torch.cross_entropy")
    broken = apply(xor, remove_nodes(xor, [loss]))
    seen = ask(shared, "inspect", project=broken)
    assert [problem.code for problem in seen.problems if problem.severity == "error"] == ["graph.no_loss"]
    linear = node_of(xor, "torch.linear")
    bad = apply(xor, set_param(xor, linear, "out_features", -1))
    assert any(problem.node == linear for problem in ask(shared, "inspect", project=bad).problems)


def test_inspect_without_usable_data_still_says_so(shared: Engine, xor: Project, tmp_path: Path) -> None:
    data = Data(Entry("nnstudio.csv", {"path": str(tmp_path / "gone.csv"), "target": "y"}))
    seen = ask(shared, "inspect", project=replace(xor, data=data))
    assert seen.info is None
    assert any(problem.place == "data" and "gone.csv" in problem.message for problem in seen.problems)


def test_a_file_that_changed_is_read_again(shared: Engine, xor: Project, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    data = Data(Entry("nnstudio.csv", {"path": str(table), "target": "y"}))
    for rows in (40, 60):
        table.write_text("x,y\n" + "".join(f"{row},{'a' if row % 2 else 'b'}\n" for row in range(rows)))
        assert ask(shared, "preview", data=data).info.samples == rows


def test_a_preview_shows_every_class_and_counts_them(shared: Engine) -> None:
    seen = ask(shared, "preview", data=Data(Entry("nnstudio.iris")), samples=9)
    labels = seen.samples[seen.info.target]
    assert sorted(labels.tolist()) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert seen.class_counts.sum(axis=1).tolist() == [50, 50, 50]
    assert seen.class_counts.sum(axis=0).tolist() == [seen.info.train, seen.info.validation, seen.info.test]
    assert set(seen.parts.tolist()) <= {0, 1, 2}


def test_a_preview_gives_the_range_of_each_feature(shared: Engine) -> None:
    everything = ask(shared, "preview", data=Data(Entry("nnstudio.iris")), samples=1000)
    name = everything.info.inputs[0]
    values = everything.samples[name]
    assert len(values) == 150
    wanted = np.stack([values.min(0), values.mean(0), values.max(0), values.std(0)], axis=1)
    np.testing.assert_allclose(everything.ranges[name], wanted, rtol=1e-6)


def test_a_preview_of_pictures_counts_their_bytes(shared: Engine) -> None:
    everything = ask(shared, "preview", data=Data(Entry("nnstudio.digits")), samples=5000)
    name = everything.info.inputs[0]
    pixels = everything.samples[name].astype(float)
    wanted = [[pixels.min(), pixels.mean(), pixels.max(), pixels.std()]]
    np.testing.assert_allclose(everything.ranges[name], wanted, rtol=1e-6)


def test_a_preview_of_data_that_cannot_be_had_says_why(shared: Engine) -> None:
    seen = ask(shared, "preview", data=Data(Entry("nnstudio.nowhere")))
    assert seen.info is None
    assert "nnstudio.nowhere" in seen.problems[0].message


def test_prepare_says_what_would_forbid_training(shared: Engine, xor: Project) -> None:
    assert ask(shared, "prepare", project=xor).problems == ()
    elsewhere = replace(xor, recipe=replace(xor.recipe, device="cuda:99"))
    assert ask(shared, "prepare", project=elsewhere).problems != ()


def test_probe_gives_every_node_its_output(shared: Engine, xor: Project) -> None:
    seen = ask(shared, "probe", project=xor, samples=7, gradients=True)
    hidden = seen[node_of(xor, "torch.tanh")]
    assert hidden.shape == (7, 8)
    assert -1 <= hidden.low <= hidden.mean <= hidden.high <= 1
    assert hidden.gradient > 0
    chosen = ask(shared, "probe", project=xor, indices=[5, 3])
    assert chosen[node_of(xor, "torch.tanh")].shape == (2, 8)


def test_probe_refuses_samples_that_are_not_there(shared: Engine, xor: Project) -> None:
    for indices in ([10**6], [-1], []):
        with pytest.raises(EngineError, match="samples 0"):
            ask(shared, "probe", project=xor, indices=indices)


def test_export_writes_a_script_and_its_data(shared: Engine, xor: Project, tmp_path: Path) -> None:
    files = ask(shared, "export", project=xor, folder=str(tmp_path / "out")).files
    assert {Path(file).name for file in files} == {"train.py", "data.npz"}
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EngineError, match="cannot be written"):
        ask(shared, "export", project=xor, folder=str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("type", "value"),
    [("dance", {}), ("inspect", {}), ("inspect", {"project": 3}), ("preview", {"data": None}), ("train", {})],
)
def test_what_it_cannot_do_it_refuses_with_words_and_goes_on(shared: Engine, type: str, value: dict[str, Any]) -> None:
    with pytest.raises(EngineError) as caught:
        shared.request(type, value).result(PATIENCE)
    assert caught.value.problems[0].message
    assert ask(shared, "hello").pid == shared.pid


CHATTERBOX = """
import os, sys
from nnstudio.api import Dataset, DataField, DatasetSpec, Params, hookimpl
print("imported")

def load(params):
    import numpy as np
    print("loading"); sys.stdout.write("more\\n"); os.write(1, b"straight to the pipe\\n")
    os.system("echo from a child")
    assert sys.stdin.read() == ""
    values = np.linspace(0, 1, 40)
    return Dataset({"x": DataField(values[:, None], "vector"), "y": DataField(values, "value")}, ("x",), "y")

@hookimpl
def register_datasets():
    return [DatasetSpec("stranger.talk", "Chatterbox", Params, "stranger:load")]
"""


def test_a_plugin_that_prints_and_reads_does_not_break_into_the_conversation(plugin_folder: Any) -> None:
    folder = plugin_folder(CHATTERBOX)
    with running_engine("--plugins-dir", str(folder)) as (engine, listener):
        assert ask(engine, "preview", data=Data(Entry("stranger.talk"))).info.samples == 40
        assert ask(engine, "hello").pid == engine.pid
        engine.close()
        assert listener.gone.wait(PATIENCE)
        assert listener.problem is None
        assert {"imported", "loading", "more", "straight to the pipe", "from a child"} <= set(engine.log)


BOOM = """
from nnstudio.api import DatasetSpec, Params, hookimpl

def load(params):
    raise KeyError("lost")

@hookimpl
def register_datasets():
    return [DatasetSpec("stranger.boom", "Boom", Params, "stranger:load")]
"""


def test_a_plugin_that_raises_is_named_in_the_problem(plugin_folder: Any) -> None:
    with running_engine("--plugins-dir", str(plugin_folder(BOOM))) as (engine, _):
        problem = ask(engine, "preview", data=Data(Entry("stranger.boom"))).problems[0]
        assert "Boom" in problem.message
        assert "KeyError" in problem.message
