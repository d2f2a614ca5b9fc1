"""Experiments asked of a real engine: answered, refused in words, and ended by ending the engine."""

import pytest
from engine_helpers import PATIENCE, running_engine

from nnstudio.client import Engine
from nnstudio.project.project import Project
from nnstudio.replies import EngineError
from nnstudio.replies_experiments import Initial, Outcome


def test_an_engine_looks_at_the_start_and_makes_experiments(shared: Engine, xor: Project):
    initial = shared.request("initial", {"project": xor}).result(PATIENCE)
    assert isinstance(initial, Initial)
    assert list(initial.nodes)[1] == "fc1"
    found = shared.request("experiment", {"id": "one_batch", "project": xor, "params": {"steps": 5}}).result(PATIENCE)
    assert isinstance(found, Outcome)
    assert len(found.numbers["losses"]) == 6
    with pytest.raises(EngineError, match="no experiment"):
        shared.request("experiment", {"id": "nosuch"}).result(PATIENCE)


def test_an_experiment_is_ended_with_its_engine(xor: Project):
    with running_engine() as (engine, listener):
        engine.hello.result(PATIENCE)
        long = {"id": "race", "params": {"steps": 100_000, "optimizers": "adam; sgd; rmsprop"}}
        answer = engine.request("experiment", long)
        engine.kill()
        assert listener.gone.wait(PATIENCE)
        with pytest.raises(EngineError):
            answer.result(PATIENCE)
