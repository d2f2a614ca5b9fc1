"""NNStudio from Python: build a project, look at it, train it, take the model. The same edits, checks and engine as in the app.

>>> from nnstudio import Project, train, compile
>>> project = Project.new(dataset="xor", samples=200)
>>> hidden = project.add("linear", out_features=8, after="input")
>>> active = project.add("tanh", after=hidden)
>>> scores = project.add("linear", out_features=2, after=active)
>>> loss = project.add("cross_entropy", after=scores)
>>> project.set("recipe.epochs", 2)
>>> [problem.message for problem in project.check()]
[]
>>> project.inspect().parameters                              # 2 · 8 + 8 + 8 · 2 + 2
42
>>> for event in train(project):                                                       # doctest: +SKIP
...     print(event)
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.events import Changed, Event
from nnstudio.project import edits
from nnstudio.project.project import Project as Content
from nnstudio.project.setting import setting
from nnstudio.python.handle import Project, default_registry
from nnstudio.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.nn import Module

    from nnstudio.comparison.conduct import News
    from nnstudio.comparison.results import Results
    from nnstudio.replies_experiments import Outcome
    from nnstudio.train.control import Control

__all__ = ["Project", "compare", "compile", "experiment", "train"]


def train(
    project: Project | Content | str | Path,
    *,
    epochs: int | None = None,
    folder: str | Path | None = None,
    resume: str | Path | None = None,
    fork: str | Path | None = None,
    changes: Sequence[Changed] = (),
    control: "Control | None" = None,
) -> Iterator[Event]:
    """Train in this process, event by event; the last is `Finished` or `Failed`.

    epochs: instead of the recipe's. folder: where a folder of the run is made (None: nothing is kept); resume: the folder of a run to
    go on with; fork: a checkpoint, or the folder of a run, whose weights a new run begins with. changes: those that an earlier run told
    (`project.runs.changes(id)`), made again at the same steps. control: to pause, resume, step, change or stop it from another thread.
    """
    from nnstudio.engine.threads import settle_threads

    settle_threads()
    from nnstudio.engine.training import run

    content, registry = _unwrapped(project)
    if epochs is not None:
        content = edits.apply(content, setting(content, registry, "recipe.epochs", epochs))
    where, before, parent = (Path(path) if path is not None else None for path in (folder, resume, fork))
    yield from run(content, registry, folder=where, resume=before, fork=parent, changes=changes, control=control)


def compile(project: Project | Content | str | Path) -> "Module":
    """The network as a fresh, initialized `torch.nn.Module` on the CPU. Raises NNStudioError where it cannot be built."""
    from nnstudio.engine.compile import compile_model
    from nnstudio.train.data import load_data

    content, registry = _unwrapped(project)
    return compile_model(content, registry, load_data(content.data, registry).info).module


def experiment(id: str, project: Project | Content | str | Path | None = None, **params: Any) -> "Outcome":
    """Do an experiment on a project, or one that needs none; the ids are those of `nnstudio.experiments.table.EXPERIMENTS`.

    >>> found = experiment("ravine", condition=100)
    >>> round(found.numbers["descent_factor"], 4)                                               # (κ−1)/(κ+1)
    0.9802

    params: of its form, by name. The outcome has a verdict in words, figures, facts and numbers. Raises NNStudioError.
    """
    from nnstudio.experiments.bench import Bench
    from nnstudio.experiments.perform import perform

    content, registry = _unwrapped(project) if project is not None else (None, default_registry())
    return perform(id, content, params, Bench(registry))


def compare(
    project: Project | Content | str | Path,
    axes: Mapping[str, Sequence[Any]],
    *,
    seeds: int | Sequence[int] | None = None,
    epochs: int | None = None,
    folder: str | Path | None = None,
    engines: int | None = None,
    on_news: "Callable[[News], object]" = lambda news: None,
) -> "Results":
    """Train every combination of the alternatives under several seeds, in engines of their own, and judge them together.

    >>> results = compare("gallery:iris", {"recipe.optimizer": ["torch.sgd(momentum=0.9)", "torch.adam"]}, seeds=5)   # doctest: +SKIP
    >>> print(*results.words(), sep="\\n")                                                                            # doctest: +SKIP

    axes: dotted names with their alternatives, as values, as `Entry` or as texts: "off" switches an entry or a node off. seeds: how many
    (3), counted from the recipe's own, or which; the same in every alternative. folder: of the comparison (beside the project's file where
    it has one, else a temporary one); what is complete there is not trained again, and report.html is written there. engines: runs at
    a time (one a core). on_news: hears how it goes on. Raises NNStudioError.
    """
    import tempfile

    from nnstudio.comparison.conduct import Conductor, Pool, ensembles
    from nnstudio.comparison.plan import compare_axes, comparisons_folder, folder_name
    from nnstudio.comparison.report import write_report

    path = project.document.path if isinstance(project, Project) else None
    content, registry = _unwrapped(project)
    if epochs is not None:
        content = edits.apply(content, setting(content, registry, "recipe.epochs", epochs))
    chosen = compare_axes(content, registry, axes, seeds=seeds)
    if folder is None:
        folder = comparisons_folder(path) / folder_name(chosen.name) if path else tempfile.mkdtemp(prefix="nnstudio-")
    with Pool(engines) as pool:
        conductor = Conductor(chosen, registry, Path(folder), pool)
        for news in conductor.run():
            on_news(news)
        results = conductor.results
        write_report(results, Path(folder), ensembles=ensembles(results, pool))
    return results


def _unwrapped(project: Project | Content | str | Path) -> tuple[Content, Registry]:
    if isinstance(project, (str, Path)):
        project = Project.open(project)
    return (project.content, project.registry) if isinstance(project, Project) else (project, default_registry())
