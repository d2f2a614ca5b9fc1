"""One step on a batch: noise on the weights, forward, penalties, backward, what is done to the gradients; the optimizer; constraints."""

from collections.abc import Sequence
from dataclasses import dataclass

from nnstudio.engine import expression, naming
from nnstudio.engine.script.augmentation import Augmentation
from nnstudio.engine.script.context import Context
from nnstudio.engine.script.optimization import Optimization
from nnstudio.engine.script.sources import Call
from nnstudio.engine.script.text import belongs_to, indented
from nnstudio.project.project import Entry
from nnstudio.project.rules import SETTINGS

_PRECISIONS = {"bfloat16": "torch.bfloat16", "float16": "torch.float16"}


@dataclass(frozen=True)
class _Use:
    """An entry of the recipe, and the variable that holds the weights which it is for."""

    call: Call
    weights: str


class Step:
    def __init__(self, context: Context, optimization: Optimization, augmentation: Augmentation) -> None:
        self._context, self._optimization, self._augmentation = context, optimization, augmentation
        self._weights: dict[tuple[tuple[str, ...], bool], str] = {}  # (nodes, by name) → variable
        chosen = context.recipe
        self._penalties = self._uses("regularizer", "regularizers", chosen.regularizers, "penalty")
        self.noise = self._uses("noise", "noise", chosen.noise)
        self._constraints = self._uses("constraint", "constraints", chosen.constraints)
        self._gradients = [context.call("gradient", entry) for entry in context.entries(chosen.gradients)]
        self.half = chosen.precision in _PRECISIONS
        self.scaled = chosen.precision == "float16"
        self._in_parts = chosen.accumulate > 1
        self._noisy = self._all_noisy() if self.noise else ""

    # ── for which weights ─────────────────────────────────────────────────────────────────────────────────────────

    def _uses(self, kind: str, setting: str, common: Sequence[Entry], code: str = "function") -> list[_Use]:
        """The entries of a setting that are on: the recipe's, then those of nodes that have their own."""
        assert setting in SETTINGS
        own = any(rule.enabled and getattr(rule, setting) is not None for rule in self._context.recipe.rules)
        if not own and not self._context.entries(common):
            return []
        uses: list[_Use] = []
        for entry, weights in self._context.settings.uses(setting):
            named = kind == "regularizer" and self._context.registry.regularizers[entry.type].named
            nodes = self._context.parts(weights)
            uses.append(_Use(self._context.call(kind, entry, code), self._variable(nodes, named)))
        return uses

    def _variable(self, nodes: tuple[str, ...], named: bool) -> str:
        if nodes == self._all_nodes:
            name = "named_weights" if named else "matrices"
        else:
            name = f"{'named_' if named else ''}weights_of_{nodes[0].replace('.', '_') if len(nodes) == 1 else 'some'}"
        if (nodes, named) not in self._weights:
            self._weights[nodes, named] = naming.unique({"": name}, self._weights.values())[""]
        return self._weights[nodes, named]

    @property
    def _all_nodes(self) -> tuple[str, ...]:
        return self._context.parts(self._context.settings.weights)

    def _all_noisy(self) -> str:
        """The weights that are restored when the noise is taken away."""
        lists = list(dict.fromkeys(use.weights for use in self.noise))
        return lists[0] if len(lists) == 1 else f"[{', '.join(f'*{each}' for each in lists)}]"

    def functions(self) -> list[str]:
        """The script's helpers `weights` and `forward`, where they are needed."""
        found: list[str] = []
        if any(not named for _, named in self._weights):
            found.append(_WEIGHTS)
        if self.half:
            precision = _PRECISIONS[self._context.recipe.precision]
            outputs = "output.float() if output.is_floating_point() else output"
            given = f"tuple({outputs} for output in outputs)" if self._context.several_outputs else "outputs.float()"
            found.append(
                "def forward(model, *inputs):\n"
                f'    """Through the network in {precision.removeprefix("torch.")} where that is safe; what comes out is float32 again."""\n'
                f"    with torch.autocast(inputs[0].device.type, {precision}):\n"
                "        outputs = model(*inputs)\n"
                f"    return {given}"
            )
        return found

    def preparing(self) -> list[str]:
        """Before the first epoch."""
        lines: list[str] = []
        for (nodes, named), variable in self._weights.items():
            everything = nodes == self._all_nodes
            if named:
                condition = "" if everything else f" and {belongs_to(nodes)}"
                lines += [
                    f"{variable} = {{",
                    "    name: weight",
                    "    for name, weight in model.named_parameters()",
                    f"    if weight.requires_grad and weight.dim() >= 2{condition}",
                    "}",
                ]
            else:
                modules = "model" if everything else ", ".join(f"model.{expression.attribute(node)}" for node in nodes)
                lines.append(f"{variable} = weights({modules})")
        if self.scaled:
            lines.append('scaler = torch.amp.GradScaler(device.type, enabled=device.type == "cuda")')
        return lines

    # ── the step ──────────────────────────────────────────────────────────────────────────────────────────────────

    def lines(self, *, keeps_outputs: str = "") -> list[str]:
        """All of a step on `batch`. keeps_outputs: a statement that needs its `outputs` and `target`s."""
        optimization = self._optimization
        lines: list[str] = []
        if self.prepares_batch:
            lines += self._augmentation.batch() if self._augmentation.used else [
                "x = [field[batch] for field in inputs]",
                *(["y = [field[batch] for field in targets]"] if self._context.face.targets else []),
            ]  # fmt: skip
        if optimization.closure:
            lines += [*optimization.rate(), "losses = []", *self._closure(keeps_outputs)]
            lines += ["optimizer.step(closure)", "total += losses[0] * len(batch)"]
        else:
            lines += self._evaluation("total += {value} * len(batch)", keeps_outputs)
            lines += optimization.rate()
            lines += ["scaler.step(optimizer)", "scaler.update()"] if self.scaled else ["optimizer.step()"]
        return lines + self._constraining()

    @property
    def prepares_batch(self) -> bool:
        return self._augmentation.used or self._in_parts or self._optimization.closure

    def forward(self, values: str, *, model: str = "") -> str:
        """`outputs = …` of the inputs `values`."""
        network = model or ("compiled" if self._context.recipe.compile else "model")
        return f"outputs = forward({network}, {values})" if self.half else f"outputs = {network}({values})"

    def _whole(self) -> list[str]:
        if self.prepares_batch:
            return [self.forward("*x"), f"value = {self._context.loss('y')}"]
        return [
            self.forward("*(field[batch] for field in inputs)"),
            f"value = {self._context.loss('(field[batch] for field in targets)')}",
        ]

    def _with_penalties(self, loss: str) -> str:
        return " + ".join([loss, *(use.call(use.weights) for use in self._penalties)])

    def _closure(self, keeps_outputs: str) -> list[str]:
        """What an optimizer calls that evaluates the loss itself."""
        head = ["@torch.enable_grad()", "def closure(backward=True):"]
        if not (self.noise or self._in_parts or self.half or keeps_outputs):
            body = [
                *self._whole(),
                "losses.append(value.item())",
                f"penalized = {self._with_penalties('value')}",
                "if backward:",
                *indented(["optimizer.zero_grad()", "penalized.backward()", *self._edits()]),
                "return penalized",
            ]
            return [*head, *indented(body)]
        body = [
            "if not backward:",
            *indented([*self._whole(), "losses.append(value.item())", f"return {self._with_penalties('value')}"]),
            *self._evaluation("losses.append({value})", keeps_outputs),
            "return penalized",
        ]
        return [*head, *indented(body)]

    def _evaluation(self, keeping: str, keeps_outputs: str) -> list[str]:
        """The batch's gradients, put in place. keeping: what becomes of the loss's {value}."""
        lines = self._noise_on()
        lines += self._parts(keeping, keeps_outputs) if self._in_parts else self._at_once(keeping, keeps_outputs)
        return [*lines, *self._noise_off(), *self._edits()]

    def _at_once(self, keeping: str, keeps_outputs: str) -> list[str]:
        lines = [*self._whole(), keeping.format(value="value.item()"), *([keeps_outputs] if keeps_outputs else [])]
        total = "value"
        if self._penalties or self._optimization.closure:
            lines.append(f"penalized = {self._with_penalties('value')}")
            total = "penalized"
        return [*lines, "optimizer.zero_grad()", self._backward(total)]

    def _parts(self, keeping: str, keeps_outputs: str) -> list[str]:
        """The same gradients with the memory of a part."""
        count = int(self._context.recipe.accumulate)
        closure = self._optimization.closure
        targets = bool(self._context.face.targets)
        pairs = "x_part, y_part" if targets else "x_part"
        cut = f"zip(*(field.tensor_split({count}) for field in x))"
        if targets:
            cut = f"zip({cut}, zip(*(field.tensor_split({count}) for field in y)))"
        body = [
            "if not len(x_part[0]):",
            "    continue  # the last batch may have fewer samples than parts",
            "share = len(x_part[0]) / len(batch)",
            self.forward("*x_part"),
            f"value = {self._context.loss('y_part')}",
            "batch_loss += value.item() * share",
            *([keeps_outputs.replace("*y", "*y_part").replace("y[", "y_part[")] if keeps_outputs else []),
        ]
        total = "value * share"
        if self._penalties:
            first = f"    penalized, first = {self._with_penalties('penalized')}, False"
            body += ["penalized = value * share", "if first:", first]
            total = "penalized"
        elif closure:
            body.append("penalized = value * share")
            total = "penalized"
        body.append(self._backward(total))
        if closure:
            body.append("parts.append(penalized.detach())")
        first = ["first = True"] if self._penalties else []
        start = ["batch_loss = 0", *(["parts = []"] if closure else []), *first]
        end = [keeping.format(value="batch_loss"), *(["penalized = torch.stack(parts).sum()"] if closure else [])]
        return [*start, "optimizer.zero_grad()", f"for {pairs} in {cut}:", *indented(body), *end]

    def _backward(self, total: str) -> str:
        if self.scaled:
            return f"scaler.scale({total}).backward()"
        return f"({total}).backward()" if " " in total else f"{total}.backward()"

    def _noise_on(self) -> list[str]:
        if not self.noise:
            return []
        lines = [f"before = [weight.clone() for weight in {self._noisy}]", "with torch.no_grad():"]
        for use in self.noise:
            lines += [f"    for weight in {use.weights}:", f"        weight.add_({use.call('weight', 'disturbance')})"]
        return lines

    def _noise_off(self) -> list[str]:
        if not self.noise:
            return []
        pairs = f"zip({self._noisy}, before)"
        return ["with torch.no_grad():", f"    for weight, clean in {pairs}:", "        weight.copy_(clean)"]

    def _edits(self) -> list[str]:
        """What is done to the gradients before the optimizer sees them."""
        lines = ["scaler.unscale_(optimizer)"] if self.scaled and self._gradients else []
        if self._gradients:
            lines.append("gradients = [each.grad for each in model.parameters() if each.grad is not None]")
        return lines + [call("gradients") for call in self._gradients]

    def _constraining(self) -> list[str]:
        if not self._constraints:
            return []
        lines = ["with torch.no_grad():"]
        for use in self._constraints:
            lines += [f"    for weight in {use.weights}:", f"        {use.call('weight')}"]
        return lines


_WEIGHTS = '''\
def weights(*modules):
    """The matrices and kernels that are trained."""
    parameters = (parameter for module in modules for parameter in module.parameters())
    return [parameter for parameter in parameters if parameter.requires_grad and parameter.dim() >= 2]'''
