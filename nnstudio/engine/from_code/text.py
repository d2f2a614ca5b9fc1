"""The pasted text as Python's syntax tree: fences, prompts and odd indentation do no harm."""

import ast
import re
import textwrap
import warnings

from nnstudio.problems import NNStudioError, Problem

LONGEST = 1 << 20
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)^[ \t]*(?:```|~~~)", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^(?:>>> ?|\.\.\. ?|In \[\d+\]: ?)", re.MULTILINE)


def parsed(text: str) -> ast.Module:
    """The tree of the first reading of `text` that is Python. Raises NNStudioError naming the line."""
    if len(text) > LONGEST:
        raise _refused("The text is longer than a million characters.", "Paste the network alone.")
    first: SyntaxError | None = None
    for source in _readings(text):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the text's own strange escapes
                return ast.parse(source)
        except SyntaxError as error:
            first = first or error
        except (ValueError, RecursionError, MemoryError) as error:  # a zero character; brackets without end
            raise _refused("The text is no Python code.", "Paste the network alone.") from error
    assert first is not None
    raise _refused(f"Line {first.lineno}: this is no Python code ({first.msg}).", "Mend that line, or leave it out.")


def _readings(text: str) -> list[str]:
    """As it is, without prompts; what stands between fences; with every line moved to the margin."""
    plain = textwrap.dedent(_PROMPT.sub("", text.replace("\t", "    ").lstrip("\ufeff\n")))
    fenced = [textwrap.dedent(part) for part in _FENCE.findall(text)]
    flush = "\n".join(line.strip() for line in plain.splitlines())
    readings = [*(["\n".join(fenced)] if fenced else []), plain]
    return readings if re.search(r":\s*(?:#.*)?$", plain, re.MULTILINE) else [*readings, flush]


def _refused(message: str, remedy: str) -> NNStudioError:
    return NNStudioError(Problem("code.unreadable", message, remedy=remedy))
