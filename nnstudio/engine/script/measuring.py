"""How a part of the data is measured: the script's function `measure`."""

from functools import partial
from typing import Any, cast

from nnstudio.engine.script.context import Context
from nnstudio.engine.script.step import Step
from nnstudio.engine.script.text import listed
from nnstudio.train import recipe
from nnstudio.train.measure import BATCH


class Measuring:
    """metrics: the name and function of each."""

    def __init__(self, context: Context) -> None:
        self._context = context
        main = context.face.losses[0]
        chosen = recipe.metrics(context.recipe.metrics, main.spec, context.registry)
        self.metrics = [
            (metric.name, context.sources.call(metric.spec.function, cast(partial[Any], metric.per_sample).keywords))
            for metric in chosen
        ]

    def output(self) -> str:
        """The main loss's output, of `outputs`."""
        return f"outputs[{self._context.face.losses[0].output}]" if self._context.several_outputs else "outputs"

    def target(self, batch: str) -> str:
        """The main loss's target: a field, or computed by the network itself."""
        main = self._context.face.losses[0]
        if not main.target_field:
            return f"outputs[{main.target_output}].detach()"
        return batch.format(self._context.face.targets.index(main.target_field))

    def function(self, step: Step) -> str:
        context = self._context
        lines = [
            "@torch.no_grad()",
            "def measure(model, inputs, targets, rows):",
            f'    """The means of {listed(["the loss", *(name for name, _ in self.metrics)])} over the samples `rows`."""',
            "    model.eval()",
            "    total, seen = 0.0, []" if self.metrics else "    total = 0.0",
            f"    for batch in rows.split({BATCH}):",
            f"        {step.forward('*(field[batch] for field in inputs)', model='model')}",
            f"        total += {context.loss('(field[batch] for field in targets)')}.item() * len(batch)",
        ]
        values = ['"loss": total / len(rows)']
        if self.metrics:
            lines.append(f"        seen.append(({self.output()}, {self.target('targets[{}][batch]')}))")
        lines.append("    model.train()")
        if self.metrics:
            lines.append("    output, target = (torch.cat(parts) for parts in zip(*seen))")
            values += [
                f'"{name}": {call("output", "target")}.mean(dtype=torch.float64).item()' for name, call in self.metrics
            ]
        return "\n".join([*lines, f"    return {{{', '.join(values)}}}"])
