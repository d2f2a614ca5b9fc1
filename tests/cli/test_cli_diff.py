"""`nnstudio diff`: words, JSON, and exit codes as diff has them."""

from pathlib import Path

from cli_helpers import Call

from nnstudio.project import file
from nnstudio.project.edits import apply, set_field, set_param


def test_projects_are_compared_in_words_and_as_json(nnstudio: Call, xor: Path) -> None:
    project, _ = file.read(xor)
    assert project is not None
    linear = next(node.id for node in project.graph if node.type == "torch.linear")
    changed = apply(project, set_param(project, linear, "out_features", 33))
    changed = apply(changed, set_field(changed, "recipe", "epochs", 7))
    other = xor.with_name("other.nns")
    assert file.write(changed, other) == ()
    same = nnstudio("diff", xor, xor)
    assert (same.code, same.out) == (0, "Nothing differs.\n")
    found = nnstudio("diff", xor, other)
    assert found.code == 1
    assert "out_features 8 → 33" in found.out and "epochs" in found.out
    values = nnstudio("diff", xor, other, "--json").values
    assert [value["kind"] for value in values] == ["changed", "changed"]
    assert values[0]["details"] == [["out_features", "8", "33"]] and values[0]["after"] == linear


def test_run_folders_and_the_gallery_can_be_compared(nnstudio: Call, xor: Path) -> None:
    run = xor.with_suffix(".runs") / "20260101-000000-aaaa"
    run.mkdir(parents=True)
    (run / "project.nns").write_bytes(xor.read_bytes())
    assert nnstudio("diff", run, xor).code == 0
    assert nnstudio("diff", "gallery:xor", "gallery:spirals").code == 1


def test_what_cannot_be_compared_is_told(nnstudio: Call, xor: Path) -> None:
    for name, words in ((xor.parent, "no folder of a run"), ("nowhere.nns", "no file"), ("gallery:nothing", "nothing")):
        done = nnstudio("diff", name, xor)
        assert done.code == 1 and words in done.err
