"""The optimizer with its parameter groups, and η over the steps."""

from nnstudio.engine import expression
from nnstudio.engine.script.context import Context
from nnstudio.engine.script.sources import Call
from nnstudio.engine.script.text import differing, indented
from nnstudio.project.project import Recipe
from nnstudio.train import recipe
from nnstudio.train.recipe import Group


class Optimization:
    """closure: the optimizer evaluates the loss itself; counts_steps: η follows them; watcher: the schedule answers to what is measured."""

    def __init__(self, context: Context) -> None:
        self._context = context
        chosen = context.recipe
        self._spec, self._params = recipe.find("optimizer", chosen.optimizer, context.registry)
        self._lr = float(self._params.model_dump()["lr"])
        self.closure: bool = self._spec.closure
        self._groups = context.settings.groups() if _needs_groups(chosen) else []
        self.frozen = self._frozen() if self._groups or _freezes(chosen) else []
        self._factor: Call | None = None
        self.watcher: Call | None = None
        schedule = recipe.find("schedule", chosen.schedule, context.registry)[0]
        if chosen.schedule.enabled and schedule.id != Recipe().schedule.type:
            if schedule.watcher:
                self.watcher = context.call("schedule", chosen.schedule, "watcher")
            else:
                self._factor = context.call("schedule", chosen.schedule, "factor")
        self.counts_steps = self._factor is not None or chosen.warmup_steps > 0

    def freezing(self) -> list[str]:
        """Frozen parameters, from then on."""
        return [f"model.{expression.attribute(part)}.requires_grad_(False)" for part in self.frozen]

    def _frozen(self) -> list[str]:
        settings = self._context.settings
        return [part for part in self._context.parts(self._context.parameters) if settings.holding(part).frozen]

    def making(self) -> list[str]:
        written = differing(self._spec.optimizer, recipe.arguments(self._spec, self._params), always="lr")
        name = self._context.sources.reach(self._spec.optimizer)
        if not self._several:
            trainable = "[parameter for parameter in model.parameters() if parameter.requires_grad]"
            return [f"optimizer = {name}({trainable if self.frozen else 'model.parameters()'}{written})"]
        return [
            f"optimizer = {name}(",
            "    [",
            *indented((f"{self._group(group)}," for group in self._groups), 2),
            "    ],",
            f"    {written.removeprefix(', ')},",
            ")",
        ]

    @property
    def _several(self) -> bool:
        return bool(self._groups) and self._groups != [Group(self._groups[0].parameters)]

    def _group(self, group: Group) -> str:
        names = {id(parameter): name for name, parameter in self._context.parameters.items()}
        parts = self._context.parts(names[id(parameter)] for parameter in group.parameters)
        several = [f"*model.{expression.attribute(part)}.parameters()" for part in parts]
        members = f"[{', '.join(several)}]" if len(several) > 1 else several[0].removeprefix("*")
        decay = "" if group.weight_decay is None else f', "weight_decay": {expression.literal(group.weight_decay)}'
        return f'{{"params": {members}, "lr": {expression.literal(self._lr * group.lr_factor)}{decay}}}'

    def rate(self) -> list[str]:
        """Before the optimizer's step: its learning rate; nothing where that stays as it is."""
        factor = self._factor_text()
        if not factor:
            return []
        if not self._several:
            lines = [
                "for group in optimizer.param_groups:",
                f'    group["lr"] = {expression.literal(self._lr)} * {factor}',
            ]
        else:
            rates = expression.literal(tuple(self._lr * group.lr_factor for group in self._groups))
            lines = [
                f"factor = {factor}",
                f"for group, rate in zip(optimizer.param_groups, {rates}):",
                '    group["lr"] = rate * factor',
            ]
        return [*lines, "step += 1"] if self.counts_steps else lines

    def _factor_text(self) -> str:
        warmup = int(self._context.recipe.warmup_steps)
        if self.watcher is not None:
            after = "schedule.factor"
        elif self._factor is not None:
            after = self._factor(*(f"{what} - {warmup}" if warmup else what for what in ("step", "total_steps")))
        else:
            after = "1.0" if warmup else ""
        return f"((step + 1) / {warmup} if step < {warmup} else {after})" if warmup else after


def _needs_groups(chosen: Recipe) -> bool:
    rules = [rule for rule in chosen.rules if rule.enabled]
    return any(rule.lr_factor is not None or rule.weight_decay is not None for rule in rules)


def _freezes(chosen: Recipe) -> bool:
    return any(rule.enabled and rule.frozen for rule in chosen.rules)
