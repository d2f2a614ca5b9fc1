"""The network before its first step, drawn: spreads of activations and gradients from node to node, and each histogram.

Source: Glorot & Bengio 2010, section 4.
"""

from collections import Counter

import numpy as np

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.forms import Start
from nnstudio.experiments.initial import initial
from nnstudio.experiments.words import line, short
from nnstudio.figures import Bars, Curves, Note
from nnstudio.project.project import Project
from nnstudio.replies_experiments import InitialNode, Outcome

VANISHED, EXPLODED = 1e-3, 1e3
"""A spread that far below or above the first node's is called so."""


def start(project: Project, params: Start, bench: Bench) -> Outcome:
    """Spreads by node, as curves, a table and histograms."""
    found = initial(project, bench, params.samples)
    labels = Counter(node.label for node in project.flat)
    names = {node.id: node.label if labels[node.label] == 1 else node.id for node in project.flat}
    nodes = {names[id]: node for id, node in found.nodes.items()}
    order = np.arange(1, len(nodes) + 1)
    slopes = [node.gradient.std if node.gradient else np.nan for node in nodes.values()]
    spreads = Curves(
        (
            line(order, [node.output.std for node in nodes.values()], "activations", "series:0"),
            line(order, slopes, "gradients", "series:1"),
        ),
        x_label="node",
        y_label="standard deviation",
        log_y=True,
        title="Spread from node to node",
        marks=tuple((float(index), name) for index, name in zip(order, nodes, strict=True)) if len(nodes) < 9 else (),
    )
    rows = (
        ("node", "activation mean", "std", "zeros", "gradient std", "weight std", "weight gradient std"),
        *(_row(name, node) for name, node in nodes.items()),
    )
    histograms = tuple(
        Bars(node.output.histogram, edges=node.output.edges, title=name, caption=f"std {short(node.output.std)}")
        for name, node in nodes.items()
    )
    facts = (("loss", short(found.loss, 4)), ("samples", str(found.samples)))
    numbers = {"loss": found.loss, "std": np.array([node.output.std for node in nodes.values()])}
    verdict = _verdict(nodes)
    return Outcome(
        "Activations at the start", verdict, (spreads, Note(rows=rows, title="By node"), *histograms), facts, numbers
    )


def _row(name: str, node: InitialNode) -> tuple[str, ...]:
    spreads = (part.std if part else None for part in (node.gradient, node.weights, node.weight_gradient))
    shown = ("–" if spread is None else short(spread) for spread in spreads)
    return (name, short(node.output.mean), short(node.output.std), f"{100 * node.output.zeros:.0f} %", *shown)


def _verdict(nodes: dict[str, InitialNode]) -> str:
    """What vanishes or explodes, or that nothing does."""
    first = next(iter(nodes.values())).output.std or 1.0
    complaints: list[str] = []
    for name, node in nodes.items():
        share = node.output.std / first
        if node.output.std == 0:
            complaints.append(
                f"{name} gives the same for all samples: its weights are all equal, or its units are dead."
            )
        elif not VANISHED < share < EXPLODED:
            complaints.append(
                f"Activations {'vanish' if share < 1 else 'explode'} at {name} (std {short(node.output.std)})."
            )
        if node.weight_gradient is not None and node.weight_gradient.std == 0 == node.weight_gradient.mean:
            complaints.append(f"No gradient reaches the weights of {name}.")
    if complaints:
        return " ".join(complaints[:3]) + " Choose another initializer, or normalise."
    return "Activations and gradients keep a size that training can work with."
