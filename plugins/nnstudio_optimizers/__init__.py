"""The optimizers of the textbooks: those of torch.optim, and a few of our own where torch has them not."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from nnstudio.api import OptimizerSpec, Params, hookimpl
from nnstudio_optimizers import params as of


def _call(*always: str, **fixed: Any) -> Callable[[Any], Mapping[str, Any]]:
    """The arguments a person would write: the learning rate, what differs from its default, and `always` where torch's default is another."""

    def arguments(params: Params) -> Mapping[str, Any]:
        values = params.model_dump()
        chosen = {name: values[name] for name in ("lr", *always)} | params.model_dump(exclude_defaults=True)
        if "beta1" in chosen or "beta2" in chosen:
            chosen["betas"] = (values["beta1"], values["beta2"])
        return {name: value for name, value in chosen.items() if name not in {"beta1", "beta2"}} | fixed

    return arguments


_plain = _call()
_fused = _call(fused=True)  # 2–3 times as fast on a CPU, with the same result from run to run


def _facts(
    params: type[Params], first: str, second: str, leaky: str, correction: str, decay: str, state: str
) -> dict[str, str]:
    return {
        "first moment": first,
        "second moment": second,
        "leaky second moment": leaky,
        "bias correction": correction,
        "weight decay": decay,
        "state per weight": state,
        "source": inspect.getdoc(params).rpartition("Source: ")[2],  # type: ignore[union-attr]
    }


@hookimpl
def register_optimizers() -> list[OptimizerSpec]:
    return [*_first_order(), *_adaptive(), *_second_order()]


def _first_order() -> list[OptimizerSpec]:
    return [
        OptimizerSpec(
            "torch.sgd",
            "SGD",
            params=of.Sgd,
            optimizer="torch.optim:SGD",
            arguments=_fused,
            formula="v ← μv + g,  θ ← θ − ηv",
            facts=_facts(of.Sgd, "with momentum", "no", "no", "no", "coupled", "0 B; 4 B with momentum"),
            aliases=("momentum", "Nesterov", "gradient descent"),
        ),
        OptimizerSpec(
            "nnstudio.momentum",
            "Momentum",
            params=of.Momentum,
            optimizer="nnstudio_optimizers.momentum:Momentum",
            arguments=_plain,
            formula="v ← αv − ηg,  θ ← θ + v",
            facts=_facts(of.Momentum, "yes", "no", "no", "no", "coupled", "4 B"),
            aliases=("velocity", "damped momentum", "heavy ball", "Polyak"),
        ),
        OptimizerSpec(
            "nnstudio.sgdw",
            "SGDW",
            params=of.Sgdw,
            optimizer="nnstudio_optimizers.momentum:SGDW",
            arguments=_plain,
            formula="v ← μv + g,  θ ← (1 − ηλ)θ − ηv",
            facts=_facts(of.Sgdw, "yes", "no", "no", "no", "decoupled", "4 B"),
            aliases=("decoupled weight decay",),
        ),
        OptimizerSpec(
            "nnstudio.lion",
            "Lion",
            params=of.Lion,
            optimizer="nnstudio_optimizers.adaptive:Lion",
            arguments=_plain,
            formula="θ ← θ − η sign(β₁m + (1 − β₁)g)",
            facts=_facts(of.Lion, "yes, its sign", "no", "no", "no", "decoupled", "4 B"),
        ),
        OptimizerSpec(
            "nnstudio.muon",
            "Muon",
            params=of.Muon,
            optimizer="nnstudio_optimizers.muon:Muon",
            arguments=_plain,
            formula="v ← μv + (1 − μ)g,  θ ← θ − η NS(v)",
            facts=_facts(
                of.Muon,
                "yes, made orthogonal",
                "vectors only",
                "vectors only",
                "vectors only",
                "decoupled",
                "4 B; 8 B in vectors",
            ),
            aliases=("orthogonal momentum",),
        ),
    ]


def _adaptive() -> list[OptimizerSpec]:
    return [
        OptimizerSpec(
            "torch.adagrad",
            "AdaGrad",
            params=of.Adagrad,
            optimizer="torch.optim:Adagrad",
            arguments=_plain,
            formula="r ← r + g²,  θ ← θ − η g / (√r + ε)",
            facts=_facts(of.Adagrad, "no", "yes", "no", "no", "coupled", "4 B"),
        ),
        OptimizerSpec(
            "torch.rmsprop",
            "RMSprop",
            params=of.RMSprop,
            optimizer="torch.optim:RMSprop",
            arguments=_call("alpha"),  # torch's default is another than the source's
            formula="r ← ρr + (1 − ρ)g²,  θ ← θ − η g / (√r + ε)",
            facts=_facts(
                of.RMSprop,
                "with momentum",
                "yes",
                "yes",
                "no",
                "coupled",
                "4 B; 8 B with momentum or centered, 12 B with both",
            ),
        ),
        OptimizerSpec(
            "torch.adadelta",
            "Adadelta",
            params=of.Adadelta,
            optimizer="torch.optim:Adadelta",
            arguments=_plain,
            formula="θ ← θ − η g √(u + ε) / √(r + ε)",
            facts=_facts(of.Adadelta, "no", "yes", "yes", "no", "coupled", "8 B"),
        ),
        OptimizerSpec(
            "torch.adam",
            "Adam",
            params=of.Adam,
            optimizer="torch.optim:Adam",
            arguments=_fused,
            formula="θ ← θ − η m̂ / (√v̂ + ε)",
            facts=_facts(of.Adam, "yes", "yes", "yes", "yes", "coupled", "8 B; 12 B with amsgrad"),
            aliases=("AMSGrad",),
        ),
        OptimizerSpec(
            "nnstudio.uncorrected_adam",
            "Adam without bias correction",
            params=of.UncorrectedAdam,
            optimizer="nnstudio_optimizers.adaptive:UncorrectedAdam",
            arguments=_plain,
            formula="θ ← θ − η m / (√v + ε)",
            facts=_facts(of.UncorrectedAdam, "yes", "yes", "yes", "if chosen", "coupled", "8 B"),
            aliases=("bias correction",),
        ),
        OptimizerSpec(
            "torch.adamw",
            "AdamW",
            params=of.AdamW,
            optimizer="torch.optim:AdamW",
            arguments=_fused,
            formula="θ ← (1 − ηλ)θ − η m̂ / (√v̂ + ε)",
            facts=_facts(of.AdamW, "yes", "yes", "yes", "yes", "decoupled", "8 B; 12 B with amsgrad"),
        ),
        OptimizerSpec(
            "torch.nadam",
            "NAdam",
            params=of.NAdam,
            optimizer="torch.optim:NAdam",
            arguments=_plain,
            formula="θ ← θ − η (μ m̂ + (1 − μ) ĝ) / (√v̂ + ε)",
            facts=_facts(of.NAdam, "yes, looking ahead", "yes", "yes", "yes", "either", "8 B"),
        ),
        OptimizerSpec(
            "torch.radam",
            "RAdam",
            params=of.RAdam,
            optimizer="torch.optim:RAdam",
            arguments=_plain,
            formula="θ ← θ − η r m̂ / (√v̂ + ε)",
            facts=_facts(of.RAdam, "yes", "yes", "yes", "yes, rectified", "either", "8 B"),
            aliases=("rectified Adam",),
        ),
        OptimizerSpec(
            "torch.adamax",
            "Adamax",
            params=of.Adamax,
            optimizer="torch.optim:Adamax",
            arguments=_plain,
            formula="θ ← θ − η m̂ / u,  u ← max(β₂u, |g|)",
            facts=_facts(of.Adamax, "yes", "largest |g|", "yes", "first moment", "coupled", "8 B"),
        ),
        OptimizerSpec(
            "torch.adafactor",
            "Adafactor",
            params=of.Adafactor,
            optimizer="torch.optim:Adafactor",
            arguments=_plain,
            formula="θ ← θ − η g / √(RCᵀ/mean R)",
            facts=_facts(
                of.Adafactor, "no", "rows and columns", "yes", "no", "decoupled", "4 (r + c)/(r c) B; 4 B in vectors"
            ),
        ),
    ]


def _second_order() -> list[OptimizerSpec]:
    return [
        OptimizerSpec(
            "torch.lbfgs",
            "L-BFGS",
            params=of.Lbfgs,
            optimizer="torch.optim:LBFGS",
            arguments=_call("line_search_fn"),
            formula="θ ← θ − t Hₖ g",
            facts=_facts(
                of.Lbfgs, "no", "curvature, guessed", "no", "no", "none", "(2m + 2) × 4 B, m pairs of its history"
            ),
            aliases=("BFGS", "quasi-Newton", "strong Wolfe"),
            closure=True,
        ),
        OptimizerSpec(
            "nnstudio.newton",
            "Newton's method",
            params=of.Newton,
            optimizer="nnstudio_optimizers.newton:Newton",
            arguments=_plain,
            formula="θ ← θ − η (H + δI)⁻¹ ∇J",
            facts=_facts(of.Newton, "no", "curvature, exact", "no", "no", "none", "0 B; 4n B while it steps"),
            aliases=("Hessian", "second order"),
            closure=True,
        ),
    ]
