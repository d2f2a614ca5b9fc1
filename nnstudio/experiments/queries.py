"""Learning with queries: the next samples to label are those that the network is least sure of, or that a committee disagrees on.

Source: Settles 2009, Active Learning Literature Survey, sections 3.1 (entropy) and 3.2 (vote entropy).
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.forms import Queries
from nnstudio.experiments.trained import trained
from nnstudio.experiments.words import line
from nnstudio.figures import Curves
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome
from nnstudio.train.data import LoadedData

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


def queries(project: Project, params: Queries, bench: Bench) -> Outcome:
    """Accuracy on validation data by the number of labels, with queries and with random choice, from the same first labels."""
    loaded = bench.load(project.data)
    _check(project, params, bench, loaded)
    labels = params.first + params.queries * np.arange(params.rounds + 1)
    curves = {
        name: np.array(
            [_campaign(project, params, bench, loaded, name, params.seed + turn) for turn in range(params.repeats)]
        )
        for name in (params.strategy, "random")
    }
    means = {name: values.mean(axis=0) for name, values in curves.items()}
    figure = Curves(
        (
            line(labels, means[params.strategy], params.strategy, "series:0"),
            line(labels, means["random"], "random", "series:1"),
            *(line(labels, values, role="series:0", faint=True) for values in curves[params.strategy]),
            *(line(labels, values, role="series:1", faint=True) for values in curves["random"]),
        ),
        x_label="labels",
        y_label="accuracy",
        percent=True,
        title="Accuracy by the number of labels",
    )
    gain = float((means[params.strategy] - means["random"]).mean())
    spread = float(np.std([values.mean() for values in curves["random"]]))
    words = "more" if gain > 0 else "less"
    verdict = (
        f"Over all rounds queries by {params.strategy} reach {100 * abs(gain):.1f} points {words} than random choice"
    )
    verdict += (
        f" (random choice itself varies by {100 * spread:.1f} from seed to seed)."
        if params.repeats > 1
        else "; one repeat says little."
    )
    numbers = {"labels": labels, **curves}
    facts = (("labels at the end", str(int(labels[-1]))), ("pool", str(len(loaded.split.train))))
    return Outcome("Learning with queries", verdict, (figure,), facts, numbers)


def _check(project: Project, params: Queries, bench: Bench, loaded: LoadedData) -> None:
    needed = params.first + params.queries * params.rounds
    problem = None
    if bench.subject(project).network.main.spec.decode != "argmax":
        problem = Problem(
            "experiment.classes",
            "Queries need a network that tells classes apart.",
            remedy="Choose a classification.",
            place="run",
        )
    elif needed > len(loaded.split.train):
        message = f"{needed} labels are asked for; the training part has {len(loaded.split.train)}."
        problem = Problem(
            "experiment.pool", message, remedy="Ask for fewer queries or rounds.", param="queries", place="run"
        )
    elif not len(loaded.split.validation):
        message = "The data has no validation part to measure on."
        problem = Problem("experiment.validation", message, remedy="Give it a share in the Data place.", place="data")
    if problem is not None:
        raise NNStudioError(problem)


def _campaign(project: Project, params: Queries, bench: Bench, loaded: LoadedData, strategy: str, seed: int) -> Floats:
    """Accuracy after each round."""
    generator = np.random.default_rng(seed)
    pool = loaded.split.train
    known = generator.choice(pool, params.first, replace=False)
    reached: list[float] = []
    for turn in range(params.rounds + 1):
        votes = params.committee if strategy == "disagreement" else 1
        rest = np.setdiff1d(pool, known)
        seen = [
            _shares(project, params, bench, loaded, known, (loaded.split.validation, rest), seed + 1000 * vote)
            for vote in range(votes)
        ]
        truth = loaded.dataset.fields[loaded.dataset.target].values[loaded.split.validation].ravel()
        reached.append(float((seen[0][0].argmax(axis=1) == truth).mean()))
        if turn < params.rounds:
            asked = chosen(strategy, np.stack([shares for _, shares in seen]), params.queries, generator)
            known = np.concatenate((known, rest[asked]))
    return np.array(reached)


def chosen(strategy: str, shares: Floats, count: int, generator: np.random.Generator) -> Rows:
    """Which `count` samples to ask for. shares: committee × samples × classes. Ties are broken at random."""
    if strategy == "random":
        return generator.permutation(shares.shape[1])[:count]
    if strategy == "disagreement":
        votes = shares.argmax(axis=2)
        doubt = entropy(np.stack([(votes == index).mean(axis=0) for index in range(shares.shape[2])], axis=1))
    else:
        doubt = entropy(shares[0])
    return np.lexsort((generator.random(len(doubt)), -doubt))[:count]


def entropy(shares: Floats) -> Floats:
    """−Σ p ln p of each row."""
    return -np.sum(shares * np.log(np.where(shares > 0, shares, 1.0)), axis=1)


def _shares(
    project: Project, params: Queries, bench: Bench, loaded: LoadedData, known: Rows, asked: tuple[Rows, ...], seed: int
) -> tuple[Floats, ...]:
    """The predicted shares of the classes for each group of samples, by a network trained on `known` from new weights."""
    recipe = replace(
        project.recipe,
        epochs=params.epochs,
        seed=seed,
        batch_size=min(project.recipe.batch_size or len(known), len(known)),
    )
    chosen_project = replace(project, recipe=recipe)
    part = replace(loaded, split=replace(loaded.split, train=known, validation=known[:0], test=known[:0]))
    weights = trained(chosen_project, bench, part)
    subject = bench.subject(chosen_project)
    subject.module.load_state_dict(weights)
    subject.module.eval()
    with torch.no_grad():
        return tuple(
            torch.softmax(
                subject.network.outputs(subject.batch(torch.as_tensor(rows))[0])[subject.network.main.output].double(),
                1,
            ).numpy(force=True)
            for rows in asked
        )
