"""What is said of a class at its head: what goes in, what comes out, and what a person wrote about it."""

import textwrap
from collections.abc import Iterator

from nnstudio.engine import naming
from nnstudio.engine.code.classes import Class
from nnstudio.engine.code.places import Drawing, Place, Value
from nnstudio.engine.code.values import arguments
from nnstudio.plan import shape_text
from nnstudio.project.graph import Source
from nnstudio.project.natural import natural

_WIDTH = 100
_SAID = 3  # sizes of instances that are named


def of_model(drawing: Drawing) -> str:
    face, plan = drawing.face, drawing.plan
    fields = naming.fields((*face.inputs, *face.targets))
    readers = {field: next(id for id, read in face.read.items() if read == field) for field in face.inputs}
    if not face.outputs:
        return "Nothing is wired yet."
    sizes = {field: next(iter(plan.nodes[id].outputs.values()), None) for field, id in readers.items()}
    taken = [f"{fields[field]} {shape_text(shape)}" for field, shape in sizes.items() if shape is not None]
    given = [_shape(drawing, source) for source in face.outputs]
    if len(taken) < len(sizes) or not all(given):
        known = f"{', '.join(taken)}. " if taken else ""
        return f"{known}Sizes that are not written follow from what comes in."
    if any(drawing.spec(drawing.flat.graph.nodes[id]).inputs and not plan.nodes[id].inputs for id in face.body):
        return f"{', '.join(taken)} → {', '.join(given)}."  # nobody knows how many weights
    parameters = plan.parameters_of(face.body)
    count = "1 parameter" if parameters == 1 else f"{parameters:,} parameters"
    return f"{', '.join(taken)} → {', '.join(given)}; {count}."


def left_out(drawing: Drawing) -> Iterator[str]:
    """Says so where the code is only a part of the graph, because something in it is wrong or not wired yet."""
    missing = sorted((id for id in drawing.flat.graph.nodes if id not in drawing.plan.nodes), key=natural)
    if missing:
        names = [naming.identifier(drawing.flat.graph.nodes[id].label, otherwise="node") for id in missing[:8]]
        yield ""
        yield f"    # Left out, as not worked out yet: {', '.join(names)}{', …' if len(missing) > 8 else ''}"


def of_block(each: Class) -> Iterator[str]:
    """The lines of the docstring, quotes included."""
    block = each.place.block
    assert block is not None
    title, note = _harmless(block.title or block.id), _harmless(block.note)
    if len(note) > 1 and note[1].islower():
        note = note[0].lower() + note[1:]
    said = f"{title.rstrip('.')}: {note}" if note else title
    said = said if said.endswith((".", "!", "?")) else f"{said}."
    sizes = [*dict.fromkeys(filter(None, (_sizes(each, place) for place in each.places)))]
    shapes = " or ".join([*sizes[:_SAID], *(["the like"] if len(sizes) > _SAID else [])])
    lines = textwrap.wrap(said, _WIDTH)
    if len(lines) == 1 and len(said) + len(shapes) < _WIDTH:
        yield f'    """{said}{f" {shapes}." if shapes else ""}"""'
        return
    yield f'    """{lines[0]}'
    yield from (f"    {line}" for line in lines[1:])
    if shapes:
        yield ""
        yield from (f"    {line}" for line in textwrap.wrap(f"{shapes}.", _WIDTH))
    yield '    """'


def _sizes(each: Class, place: Place) -> str:
    """`x 16×28×28 → 32×14×14`; nothing where a size is not known."""
    drawing = place.drawing
    taken: list[str] = []
    for value, name in arguments(each).items():
        if value.node in place.takes:
            source = drawing.flat.seen(Source(place.prefix + value.node))
            if place.scan and place.prefix + value.node in drawing.plan.nodes:
                inputs = place.plan(value.node).inputs
                taken.append(f"{name} {shape_text(inputs[0]) if inputs else ''}")
            elif source is not None and source.node in drawing.plan.nodes:
                taken.append(f"{name} {_shape(drawing, source)}")
    given: list[str] = []
    for port in each.results:
        inner = place.extras.get(port) or (Value(port, "output") if place.scan else place.left(port))
        source = _source(place, inner) if inner else None
        if source is not None and source.node in drawing.plan.nodes:
            given.append(_shape(drawing, source))
    if not all(given) or any(text.endswith(" ") for text in taken):
        return ""
    if len(taken) == 1:
        taken = [taken[0].rpartition(" ")[2]]
    return f"{', '.join(taken)} → {', '.join(given)}" if taken and given else ", ".join(given)


def _source(place: Place, value: Value) -> Source | None:
    """The computed output that a value of a place is."""
    if value.node not in place.inside:
        return Source(place.prefix + value.node, value.port)
    inner = place.inside[value.node][value.turn]
    if inner.scan:
        return Source(inner.prefix + value.port)
    its = inner.extras.get(value.port) or inner.left(value.port)
    return _source(inner, its) if its is not None and its.port and its.node else None


def _shape(drawing: Drawing, source: Source) -> str:
    """Nothing where it is not known."""
    shape = drawing.plan.nodes[source.node].outputs.get(source.port)
    return shape_text(shape) if shape is not None else ""


def _harmless(text: str) -> str:
    """What a person wrote, with nothing in it that would end a docstring."""
    plain = "".join(char if char.isprintable() and char not in '"\\' else " " for char in text[:400])
    return " ".join(plain.split())
