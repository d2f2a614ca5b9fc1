"""What answers to the values of an epoch: a schedule that lowers η when nothing improves, rules that end the run, averages of the weights."""

from nnstudio.engine.script.context import Context
from nnstudio.engine.script.measuring import Measuring
from nnstudio.engine.script.optimization import Optimization
from nnstudio.engine.script.text import indented
from nnstudio.train import recipe

_WEIGHTS = "{name: value.clone() for name, value in model.state_dict().items()}"


class Watching:
    """stops: the rules' classes; restoring: the numbers of those that may want weights back."""

    def __init__(self, context: Context, optimization: Optimization, measuring: Measuring) -> None:
        self._optimization = optimization
        entries = context.entries(context.recipe.stops)
        self._stops = [context.call("stop", entry, "watcher") for entry in entries]
        found = [recipe.find("stop", entry, context.registry)[1] for entry in entries]
        self._restoring = [index for index, params in enumerate(found) if getattr(params, "restore_best", False)]
        watchers = [*self._stops, *([optimization.watcher] if optimization.watcher else [])]
        said = "\n".join([*context.sources.texts, *(call.arguments for call in watchers)]) if watchers else ""
        self.train_metrics = [(name, call) for name, call in measuring.metrics if f"train/{name}" in said]

    @property
    def restores(self) -> bool:
        return bool(self._restoring)

    def preparing(self) -> list[str]:
        lines = [f"schedule = {self._optimization.watcher()}"] if self._optimization.watcher else []
        if self._stops:
            lines.append(f"stops = [{', '.join(stop() for stop in self._stops)}]")
        if self.restores:
            if len(self._restoring) < len(self._stops):
                lines.append(f"restoring = [{', '.join(f'stops[{index}]' for index in self._restoring)}]")
            lines.append("best = {}")
        return lines

    def asking(self) -> list[str]:
        """At an epoch's end, with the weights in place that the network is used by."""
        lines = ["schedule.ended(epoch, values)"] if self._optimization.watcher else []
        if self._stops:
            lines.append("reasons = {stop: why for stop in stops if (why := stop.ended(epoch, values))}")
        if self.restores:
            lines += [
                f"for stop in {'stops' if len(self._restoring) == len(self._stops) else 'restoring'}:",
                "    if stop.best_epoch == epoch:",
                f"        best[stop] = {_WEIGHTS}",
            ]
        return lines

    def leaving(self) -> list[str]:
        """The end of an epoch, when all else is done."""
        if not self._stops:
            return []
        return ["if reasons:", *indented(["print(*reasons.values())", "break"])]

    def bringing_back(self, otherwise: list[str]) -> list[str]:
        """After the last epoch: the weights that the rule wants which ended the run; else what is done `otherwise`."""
        if not self.restores:
            return otherwise
        lines = ["stop = next(iter(reasons), None)", "if stop in best:", "    model.load_state_dict(best[stop])"]
        return [*lines, *(["else:", *indented(otherwise)] if otherwise else [])]


class Averaging:
    """The average of the weights, which is measured and kept in their place once it has begun."""

    def __init__(self, context: Context) -> None:
        entry = context.recipe.average
        self.used = bool(entry.type) and entry.enabled
        if self.used:
            params = recipe.find("average", entry, context.registry)[1].model_dump()
            self._first = int(params["start"] * context.recipe.epochs)
            self._every = params["every"]
            self._call = context.call("average", entry)

    def function(self) -> list[str]:
        return [_SWAP] if self.used else []

    def preparing(self) -> list[str]:
        return ["average = []"] if self.used else []

    def beginning(self) -> list[str]:
        """As an epoch begins."""
        if not self.used:
            return []
        copy = "average, averaged = [parameter.detach().clone() for parameter in model.parameters()], 1"
        return [f"if epoch == {self._first}:", f"    {copy}"]

    def after_step(self) -> list[str]:
        return self._taking() if self.used and self._every == "step" else []

    def after_epoch(self) -> list[str]:
        return self._taking() if self.used and self._every == "epoch" else []

    def _taking(self) -> list[str]:
        return [
            "if average:",
            "    with torch.no_grad():",
            "        for mean, parameter in zip(average, model.parameters()):",
            f"            {self._call('mean', 'parameter', 'averaged')}",
            "    averaged += 1",
        ]

    def swapping(self) -> list[str]:
        return ["swap(average, model)"] if self.used else []


_SWAP = '''\
def swap(average, model):
    """The average in the place of the weights, and the other way round; nothing before it has begun."""
    for mean, parameter in zip(average, model.parameters()):
        mean.data, parameter.data = parameter.data, mean.data'''
