"""What all parts of the script are written from: the project worked out, and the names that are taken."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import torch
from torch import nn

from nnstudio.engine import naming
from nnstudio.engine.compile import Compiled, compile_plan
from nnstudio.engine.interface import Interface, interface
from nnstudio.engine.script.sources import Call, Sources, is_bundled
from nnstudio.plan import Code, Plan
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Entry, Project
from nnstudio.registry import Registry
from nnstudio.train import recipe
from nnstudio.train.data import LoadedData
from nnstudio.train.groups import Settings

ROWS = ("train_rows", "validation_rows", "test_rows")
_TAKEN = naming.RESERVED | {
    *("np", "math", "Path", "data", "load", "train", "measure", "initialize", "history", "augment", "forward"),
    *("model", "device", "inputs", "targets", "rows", "generator", "optimizer", "weights", "step", "total_steps"),
    *("epoch", "order", "batch", "outputs", "value", "penalized", "values", "total", "samples", "group", "line"),
    *("average", "averaged", "swap", "closure", "losses", "compiled", "scaler", "scales", "raw", "noise", "before"),
    *("schedule", "stop", "stops", "restoring", "reasons", "best", "ended", "rates", "rate", "factor", "batch_size"),
    *("x", "y", "part", "parts", "share", "sums", "name", "parameter", "module", "weight", "stem", "mean", "std"),
    *("augmentation", "disturbance", "matrices", "gradients", "constrain", "measured", "seen", "target", "whitening"),
    *(f"{axis}_statistics_of_{kind}" for axis in ("channel", "feature") for kind in ("bytes", "floats")),
    *("SEED", "EPOCHS", "BATCH_SIZE", *ROWS),
}


class Context:
    """fields: each field's name in the script and its data; model: the class and its loss, as text; imports: lines of the script's head."""

    def __init__(self, project: Project, plan: Plan, code: Code, registry: Registry, data: LoadedData) -> None:
        self.project, self.recipe, self.registry, self.data = project, project.recipe, registry, data
        self.plan, self.code = plan, code
        self.face: Interface = interface(project.flat, plan, registry, project.flattened.carried)
        self.fields = field_names((*self.face.inputs, *self.face.targets))
        self.imports = {"import numpy as np", "import torch"}
        head, self.model = _divided(code.text)
        words = {line.rpartition(" ")[2] for line in head if line}
        self.sources = Sources({*_TAKEN, *words, *_defined(self.model), *self.fields.values()}, self.imports)
        self._take_imports(head)
        self.layers, self.sources.texts = self.sources.texts, []  # the model stands behind what it is made of

    def _take_imports(self, head: Sequence[str]) -> None:
        """The model's imports; a module of ours is written into the script instead."""
        for line in filter(None, head):
            words = line.split()
            if words[0] == "from" and is_bundled(words[1]):
                self.sources.add(f"{words[1]}:{words[3]}", words[-1])
            else:
                self.imports.add(line)

    @cached_property
    def settings(self) -> Settings:
        """Which setting holds for which parameter of the network."""
        return Settings(self.recipe, self.compiled)

    @cached_property
    def compiled(self) -> Compiled:
        """The network without values; with some, where a layer looks at them."""
        with torch.random.fork_rng(devices=()):  # pyright: ignore[reportUnknownMemberType]
            try:
                with torch.device("meta"):
                    return compile_plan(self.project, self.registry, self.plan)
            except (NNStudioError, RuntimeError):
                return compile_plan(self.project, self.registry, self.plan)

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        """By name, in their order."""
        return dict(self.compiled.module.named_parameters())

    def part(self, name: str) -> str:
        """The name of the node that a parameter or module belongs to: "res1.conv1" of "res1.conv1.weight"."""
        node = self.plan.node_of(name)
        return self.plan.nodes[node].name if node else name.partition(".")[0]

    def parts(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(self.part, names)))

    def entries(self, entries: Iterable[Entry]) -> list[Entry]:
        return [entry for entry in entries if entry.type and entry.enabled]

    def call(self, kind: str, entry: Entry, code: str = "function") -> Call:
        """The function or class of an entry, written into the script."""
        spec, params = recipe.find(kind, entry, self.registry)
        return self.sources.call(getattr(spec, code), recipe.arguments(spec, params))

    # ── what the loss is given ────────────────────────────────────────────────────────────────────────────────────

    @property
    def several_outputs(self) -> bool:
        return len(self.face.outputs) > 1

    def loss(self, targets: str) -> str:
        """The loss of `outputs`; targets: an expression that gives them all."""
        if not self.face.targets:
            return f"loss({'*' if self.several_outputs else ''}outputs)"
        return f"loss({'*' if self.several_outputs else ''}outputs, *{targets})"


def field_names(fields: Iterable[str]) -> dict[str, str]:
    """Each field's name in the script and in its data."""
    return naming.unique({name: name for name in fields}, _TAKEN, otherwise="field")


def _defined(text: str) -> Iterator[str]:
    """What a text defines at its outermost level."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def _divided(text: str) -> tuple[list[str], str]:
    """(import lines, all that follows them)"""
    head, separator, rest = text.partition("\n\n\n")
    return head.splitlines(), rest.rstrip() if separator else ""
