"""New training samples from old ones: what becomes of a batch before it goes through the network."""

from nnstudio.engine.script.context import Context
from nnstudio.engine.script.data import is_bytes, raw_pictures, scale_names, standardizing
from nnstudio.engine.script.sources import Call
from nnstudio.engine.script.text import indented, tupled, unpacked
from nnstudio.train import recipe
from nnstudio.train.augment import mixed_target
from nnstudio.train.network import Network


class Augmentation:
    """mixes: targets come out otherwise as well; raw: pictures are augmented before they are standardized."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._steps: dict[str, list[tuple[Call, bool]]] = {name: [] for name in context.face.inputs}
        for entry in context.entries(context.recipe.augmentations):
            spec = recipe.find("augmentation", entry, context.registry)[0]
            fields = [name for name in self._steps if context.data.dataset.fields[name].kind in spec.kinds]
            if fields and spec.targets:
                mixed_target(spec, Network(context.compiled), context.data)  # refuses what cannot be
            for name in fields:
                self._steps[name].append((context.call("augmentation", entry), spec.targets))
        self.used = any(self._steps.values())
        self.mixes = any(mixes for steps in self._steps.values() for _, mixes in steps)
        self.mixes_classes = self.mixes and context.face.losses[0].spec.target == "class"
        self.raw = bool(raw_pictures(context))
        self._scaled = [name for name in raw_pictures(context) if scale_names(context, name)]

    def function(self) -> list[str]:
        """The script's function `augment`."""
        if not self.used:
            return []
        context = self._context
        arguments = ["inputs", *(["targets"] if self.mixes else []), *(["scales"] if self._scaled else []), "generator"]
        lines = [
            f"def augment({', '.join(arguments)}):",
            '    """New training samples from a batch of old ones."""',
            f"    {unpacked(context.fields[name] for name in self._steps)} = inputs",
        ]
        target = ""
        if self.mixes:
            target = context.fields[context.face.targets[0]]
            lines.append(f"    {unpacked([target])} = targets")
        if self._scaled:
            names = [unpacked(scale_names(context, name)) for name in self._scaled]
            lines.append(f"    {unpacked(f'({each})' for each in names)} = scales")
        if self.mixes_classes:
            context.imports.add("import torch.nn.functional as F")
            classes = len(context.data.info.fields[context.face.targets[0]].classes)
            lines.append(f"    {target} = F.one_hot({target}, {classes}).float()")
        for name, steps in self._steps.items():
            lines += indented(self._field(name, steps, target))
        made = tupled(context.fields[name] for name in self._steps)
        lines.append(f"    return {made}, ({target},)" if self.mixes else f"    return {made}")
        return ["\n".join(lines)]

    def _field(self, name: str, steps: list[tuple[Call, bool]], target: str) -> list[str]:
        variable = self._context.fields[name]
        pictures = name in raw_pictures(self._context)
        lines: list[str] = []
        if pictures:
            units = ".div(255)" if is_bytes(self._context, name) else ""
            lines.append(f"{variable} = {variable}.float(){units}")
        for call, mixes in steps:
            if mixes:
                lines.append(f"{variable}, {target} = {call(variable, target, 'generator')}")
            else:
                lines.append(f"{variable} = {call(variable, 'generator')}")
        return lines + (standardizing(self._context, name, variable) if pictures else [])

    def batch(self) -> list[str]:
        """What a step begins with: the batch as `x`, `y`."""
        source = "raw" if self.raw else "inputs"
        taken = f"[field[batch] for field in {source}]"
        scales = ", scales" if self._scaled else ""
        if self.mixes:
            return [f"x, y = augment({taken}, [field[batch] for field in targets]{scales}, augmentation)"]
        return [
            f"x = augment({taken}{scales}, augmentation)",
            *(["y = [field[batch] for field in targets]"] if self._context.face.targets else []),
        ]
