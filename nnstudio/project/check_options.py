"""What is wrong with the options that any node can have: another form of its weight, the weights of another node."""

from collections.abc import Iterator, Mapping

from nnstudio.problems import Problem
from nnstudio.project.blocks import PREFIX
from nnstudio.project.flat import path_of, quoted
from nnstudio.project.graph import Graph, Node
from nnstudio.specs import LayerSpec, LossSpec

REPARAMETRIZE = "reparametrize"
SHARE = "share"

REPARAMETRIZATIONS = {
    "weight_norm": "nn.utils.parametrizations.weight_norm",
    "spectral_norm": "nn.utils.parametrizations.spectral_norm",
}
"""Weight norm w = g·v/‖v‖ (Salimans & Kingma 2016), a length and a direction for each unit; spectral norm w = v/σ₁(v) (Miyato et al. 2018)."""


def check_options(graph: Graph, specs: Mapping[str, LayerSpec]) -> Iterator[Problem]:
    for node in graph:
        if node.options and node.id in specs:
            problem = wrong_options(graph, node, specs)
            if problem is not None:
                yield problem


def wrong_options(graph: Graph, node: Node, specs: Mapping[str, LayerSpec]) -> Problem | None:
    """What forbids the options of `node`, as far as can be told without shapes."""
    spec = specs[node.id]
    me = f"{spec.title} {quoted(node)}"
    form, other = node.options.get(REPARAMETRIZE), node.options.get(SHARE)
    if form is not None:
        if form not in REPARAMETRIZATIONS:
            message = f"{me} is to have its weight in the form {form!r}, which there is not."
            return _problem(node, REPARAMETRIZE, message, f"Allowed: {', '.join(REPARAMETRIZATIONS)}.")
        if not spec.module or isinstance(spec, LossSpec):
            return no_weight(node.id, me, str(form))
    return None if other is None else _wrong_sharing(graph, node, specs, me)


def no_weight(id: str, me: str, form: str) -> Problem:
    """A layer without a weight of two axes or more cannot have it in another form."""
    message = f"{me} has no weight matrix that {form.replace('_', ' ')} could give another form."
    remedy = "Take the option away, or set it on a layer such as Linear or Conv."
    return Problem("option.reparametrize", message, remedy=remedy, node=id, param=REPARAMETRIZE)


def _wrong_sharing(graph: Graph, node: Node, specs: Mapping[str, LayerSpec], me: str) -> Problem | None:
    spec, id = specs[node.id], str(node.options[SHARE])
    other = graph.nodes.get(id)
    if other is None:
        return _problem(
            node, SHARE, f"{me} shares the weights of '{path_of(id)[1]}', and there is no such node, or it is bypassed."
        )
    if other is node:
        return _problem(node, SHARE, f"{me} shares its weights with itself.")
    if SHARE in other.options:
        message = f"{me} shares the weights of '{other.label}', which shares those of '{other.options[SHARE]}'."
        return _problem(node, SHARE, message, "Choose the node whose weights they are.")
    if not (spec.module or node.type.startswith(PREFIX)) or isinstance(spec, LossSpec):
        return _problem(node, SHARE, f"{me} has no weights that it could share.", "Take the option away.")
    if other.type != node.type or other.id not in specs:
        kind = specs[other.id].title if other.id in specs else other.type
        message = f"{me} shares the weights of '{other.label}', which is of another kind ({kind})."
        return _problem(node, SHARE, message, f"Choose a node of the kind {spec.title}.")
    differing = sorted(
        name for name in {*node.params, *other.params} if node.params.get(name) != other.params.get(name)
    )
    if differing:
        message = f"{me} shares the weights of '{other.label}', but they differ in {', '.join(differing)}."
        return _problem(node, SHARE, message, "Give both the same parameters.")
    if REPARAMETRIZE in node.options:
        message = f"{me} shares the weights of '{other.label}', so their form is said there."
        return _problem(node, REPARAMETRIZE, message, f"Set reparametrize on '{other.label}'.")
    return None


def _problem(node: Node, option: str, message: str, remedy: str = "Choose another node, or take it away.") -> Problem:
    return Problem(f"option.{option}", message, remedy=remedy, node=node.id, param=option)
