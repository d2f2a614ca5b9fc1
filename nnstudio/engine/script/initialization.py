"""What the weights are before the first step: the script's function `initialize`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nnstudio.engine import expression
from nnstudio.engine.script.context import Context
from nnstudio.engine.script.sources import Call
from nnstudio.engine.script.text import belongs_to, differing, indented
from nnstudio.project.project import Entry
from nnstudio.train import recipe


@dataclass(frozen=True)
class _Initializer:
    title: str
    call: Call
    bias: float | None
    scope: str


class Initialization:
    """used: there is something to do; needs_inputs: it looks at a batch."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._names = list(context.parameters) if self._may_be_needed(context) else []
        self._by_stem = {
            stem: self._initializer(context.settings.initializer(stem)) for stem in context.parts(self._names)
        }
        network = self._initializer(context.recipe.initializer) if context.recipe.initializer.enabled else None
        self._network = network if network is not None and network.scope == "network" else None
        self._weights, self._modules = (
            {stem: found for stem, found in self._by_stem.items() if found is not None and found.scope == scope}
            for scope in ("weight", "module")
        )
        self.used = bool(self._weights or self._modules or self._network)
        self.needs_inputs = self._network is not None

    @staticmethod
    def _may_be_needed(context: Context) -> bool:
        """Else the network need not be built to know."""
        said = [context.recipe.initializer, *(rule.initializer for rule in context.recipe.rules if rule.enabled)]
        return any(
            recipe.find("initializer", entry, context.registry)[0].function for entry in said if entry and entry.enabled
        )

    def _initializer(self, entry: Entry) -> _Initializer | None:
        if not entry.enabled:
            return None
        spec, params = recipe.find("initializer", entry, self._context.registry)
        if not spec.function:
            return None
        chosen = dict(recipe.arguments(spec, params))
        if spec.scope == "weight":
            chosen.pop("bias", None)
        call = Call(self._context.sources.reach(spec.function), differing(spec.function, chosen))
        return _Initializer(spec.title, call, getattr(params, "bias", None), spec.scope)

    def call(self) -> list[str]:
        if not self.used:
            return []
        if not self.needs_inputs:
            return ["initialize(model)"]
        return ['initialize(model, tuple(field[rows["train"][:BATCH_SIZE]].cpu() for field in inputs))']

    def function(self) -> list[str]:
        if not self.used:
            return []
        titles = dict.fromkeys(found.title for found in self._by_stem.values() if found)
        said = f"{' and '.join(titles)}{', for every matrix and kernel' if self._weights else ''}."
        lines = [
            f"def initialize(model{', inputs' if self.needs_inputs else ''}):",
            f'    """{said}"""',
            "    with torch.no_grad():",
        ]
        if self._weights:
            lines.append("        for name, parameter in model.named_parameters():")
            lines += indented(self._cases(self._weights, self._parameter), 3)
        if self._modules:
            lines.append("        for name, module in model.named_modules():")
            own = '".parametrizations" not in name and any(True for _ in module.parameters(recurse=False))'
            lines.append(f"            if {own}:")
            lines += indented(self._cases(self._modules, lambda found: [found.call("module")]), 4)
        if self._network is not None:
            lines.append(f"        {self._network.call('model', 'inputs')}")
        return ["\n".join(lines)]

    def _cases(self, by_stem: dict[str, _Initializer], statements: Callable[[_Initializer], list[str]]) -> list[str]:
        """What is done with a parameter or module: for all alike, or by the node that it belongs to."""
        kinds: dict[_Initializer, list[str]] = {}
        for stem, found in by_stem.items():
            kinds.setdefault(found, []).append(stem)
        if len(kinds) == 1 and len(by_stem) == len(self._by_stem):
            return statements(next(iter(kinds)))
        lines: list[str] = []
        for number, (found, stems) in enumerate(kinds.items()):
            lines += [f"{'elif' if number else 'if'} {belongs_to(stems)}:", *indented(statements(found))]
        return lines

    def _parameter(self, found: _Initializer) -> list[str]:
        cases: list[tuple[str, Sequence[str]]] = []
        if any(".parametrizations." in name for name in self._names):
            cases.append(('".parametrizations." in name', _reparametrized(found.call)))
        cases.append(("parameter.dim() >= 2", [found.call("parameter")]))
        if found.bias is not None:
            value = expression.literal(found.bias)
            cases.append(('name.rpartition(".")[2].startswith("bias")', [f"parameter.fill_({value})"]))
        lines: list[str] = []
        for number, (condition, statements) in enumerate(cases):
            lines += [f"{'elif' if number else 'if'} {condition}:", *indented(statements)]
        return lines


def _reparametrized(call: Call) -> list[str]:
    return [
        'owner, _, rest = name.partition(".parametrizations.")',
        'weight, _, original = rest.partition(".")',
        'if original in ("original", "original0"):  # the weight is computed from several: it is set as a whole',
        "    module = model.get_submodule(owner)",
        "    value = getattr(module, weight).detach().clone()",
        f"    {call('value')}",
        "    setattr(module, weight, value)",
    ]
