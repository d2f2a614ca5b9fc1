"""What is wrong, where, and what to do: the errors a user sees are values, shown in place."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"  # nothing trains until it is mended
    WARNING = "warning"  # it trains, but probably not as meant
    INFO = "info"


@dataclass(frozen=True)
class Fix:
    """A cure the app can apply with one undoable click.

    `action` is one of
    - "insert_before": put a node of type `type` on the wire into `node`.`port`;
    - "set_param": set parameter `param` of `node` to `value`; of a node within a block, at the instance, where its block exposes it;
    - "expose": parameter `param` of `node`, which lies within a block, is exposed on it, as `value` (None: under a name of its own);
    - "add_node": add a node of type `type` (behind `node`, if given);
    - "replace": `node` becomes one of type `type`, and keeps its wires.
    """

    label: str
    action: str
    node: str | None = None
    port: str | None = None
    type: str | None = None
    param: str | None = None
    value: object = None


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a project, a file, a plugin or a run.

    `message` is a whole sentence that names the thing and the value; `remedy` says what to do.
    `code` is stable and dotted ("graph.cycle"), for tests, documentation and translation. `also`: other nodes of which the same is true:
    that node in further instances of its block.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    remedy: str = ""
    node: str | None = None
    port: str | None = None
    param: str | None = None
    place: str = "model"  # model · data · recipe · file · plugin · run: the place of the app where it can be mended
    fix: Fix | None = None
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class NNStudioError(Exception):
    """Raised where a value cannot be returned (Python API, command line); carries the problems it stands for."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def errors(problems: tuple[Problem, ...] | list[Problem]) -> list[Problem]:
    """Those of `problems` that forbid training."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]
