"""All experiments, by id: what they are called, what they ask for and which function does them. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass

from nnstudio.experiments import forms
from nnstudio.params import Params
from nnstudio.specs import describe


@dataclass(frozen=True)
class Experiment:
    """function: "package.module:name", called as `function(project, params, bench) -> Outcome`.

    needs_project: it is made on the project's network or data; the others bring what they need.
    """

    id: str
    title: str
    params: type[Params]
    function: str
    needs_project: bool = True

    @property
    def sentence(self) -> str:
        return describe(self.params)[0]


def _made(id: str, title: str, params: type[Params], module: str = "", *, needs_project: bool = True) -> Experiment:
    return Experiment(id, title, params, f"nnstudio.experiments.{module or id}:{id}", needs_project)


EXPERIMENTS: Mapping[str, Experiment] = {
    experiment.id: experiment
    for experiment in (
        _made("start", "Activations at the start", forms.Start),
        _made("one_batch", "One-batch test", forms.OneBatch),
        _made("range_test", "Learning-rate range test", forms.RangeTest),
        _made("gradient_noise", "Gradient noise", forms.GradientNoise),
        _made("landscape", "Loss landscape", forms.Landscape),
        _made("scale_invariance", "Weight scale behind batch norm", forms.ScaleInvariance),
        _made("queries", "Learning with queries", forms.Queries),
        _made("conditioning", "Condition of the data", forms.Conditioning),
        _made("normal_equations", "Normal equations", forms.NormalEquations),
        _made("polynomial", "Polynomial degree", forms.Polynomial, needs_project=False),
        _made("race", "Optimizer race", forms.Race, needs_project=False),
        _made("ravine", "Ravine", forms.Ravine, needs_project=False),
        _made("depth", "Activations through depth", forms.Depth, needs_project=False),
    )
}
"""In the order in which they are listed: on the model in hand first, then those that bring their own."""
