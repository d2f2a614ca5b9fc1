"""The exported script reaches the run's own weights, to the bit: every optimizer of ours, clipping, averages, watchers, growing batches."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from proof_helpers import regression

from nnstudio.engine.script import export_python
from nnstudio.events import Finished
from nnstudio.project.project import Entry
from nnstudio.train.checkpoint import file_in, load_weights
from nnstudio.train.data import load_data
from nnstudio.train.loop import train

RECIPES: dict[str, dict[str, Any]] = {
    "nnstudio.momentum": {
        "gradients": (Entry("nnstudio.clip_norm"), Entry("nnstudio.clip_value", {"clip_value": 0.3})),
        "schedule": Entry("nnstudio.plateau", {"monitor": "train/loss", "patience": 0}),
        "average": Entry("nnstudio.ema"),
        "stops": (Entry("nnstudio.early_stopping", {"monitor": "train/loss"}),),
        "batch_schedule": Entry("nnstudio.grow", {"at": 2}),
    },
    "nnstudio.muon": {"schedule": Entry("nnstudio.points"), "average": Entry("nnstudio.swa")},
    "nnstudio.sgdw": {"schedule": Entry("nnstudio.bold_driver")},
    "nnstudio.lion": {"schedule": Entry("nnstudio.one_cycle")},
    "nnstudio.uncorrected_adam": {"schedule": Entry("nnstudio.cosine_restarts")},
    "nnstudio.newton": {"schedule": Entry("nnstudio.cyclic")},
    "torch.lbfgs": {},
}


@pytest.mark.parametrize("id", RECIPES)
def test_the_script_reaches_the_same_weights(id: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 4)), random.normal(size=(40, 2))
    project, registry = regression(x, y, optimizer=Entry(id), epochs=6, batch_size=16, **RECIPES[id])
    last = list(train(project, registry, folder=tmp_path / "run"))[-1]
    assert isinstance(last, Finished), last
    export_python(project, registry, load_data(project.data, registry), tmp_path / "code")
    text = (tmp_path / "code" / "train.py").read_text(encoding="utf-8")
    assert "nnstudio_" not in text
    runpy.run_path(str(tmp_path / "code" / "train.py"), run_name="__main__")
    ours, theirs = load_weights(file_in(tmp_path / "run")), torch.load(tmp_path / "code" / "model.pt")
    assert all(torch.equal(ours[name], weight) for name, weight in theirs.items())
