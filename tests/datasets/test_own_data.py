"""A person's own table and pictures: read as meant, or refused with the row, the column, the file and the cure."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nnstudio_datasets import image_folder, own_table
from nnstudio_datasets.params import ImageFolder, Table
from PIL import Image

from nnstudio.api import DataError, Dataset
from nnstudio.train.validate import check_dataset

FLOWERS = """length,width,colour,kind
5.1,3.5,red,rose
4.9,3.0,blue,tulip
6.2,2.8,red,rose
5.9,3.2,white,tulip
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Dataset]:
    """`load(text, **params)`: the table in a file with this text."""

    def load(content: str | bytes, name: str = "table.csv", **params: Any) -> Dataset:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return own_table.load(Table(path=str(path), **params))

    return load


def test_a_table_of_numbers_and_texts(load: Callable[..., Dataset]) -> None:
    data = load(FLOWERS)
    features, target = data.fields["features"], data.fields["target"]
    assert features.names == ("length", "width", "colour = blue", "colour = red", "colour = white")
    assert features.values.tolist()[0] == pytest.approx([5.1, 3.5, 0, 1, 0])
    assert target.kind == "label"
    assert target.classes == ("rose", "tulip")
    assert target.values.tolist() == [0, 1, 0, 1]
    assert data.notes == ("'kind' is taken for classes.",)
    assert check_dataset(data, "table") == ()


def test_columns_can_be_chosen(load: Callable[..., Dataset]) -> None:
    data = load(FLOWERS, target="width", features="length , colour", text="codes")
    assert data.fields["features"].names == ("length", "colour")
    assert data.fields["features"].values[:, 1].tolist() == [1, 0, 1, 2]
    assert data.fields["target"].kind == "value"
    assert data.fields["target"].values.shape == (4, 1)


@pytest.mark.parametrize(("mark", "name"), [(";", ";"), ("\t", "tab"), ("|", "|"), (",", ",")])
def test_separators_are_found_or_told(mark: str, name: str, load: Callable[..., Dataset]) -> None:
    text = FLOWERS.replace(",", mark)
    expected = load(FLOWERS).fields["features"].values
    for separator in ("auto", name):
        assert np.array_equal(load(text, separator=separator).fields["features"].values, expected)


def test_quotes_spaces_and_a_byte_order_mark(load: Callable[..., Dataset]) -> None:
    data = load('\ufeff"a", b \n" 1 ","yes, please"\n2,no\n')
    assert data.fields["features"].names == ("a",)
    assert data.fields["features"].values.tolist() == [[1], [2]]
    assert data.fields["target"].classes == ("no", "yes, please")


def test_parquet_with_its_own_types(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    frame = pl.DataFrame(
        {"n": [1, 2, 3, 4], "f": [0.5, 1.5, 2.5, 3.5], "b": [True, False, True, False], "c": ["x", "y", "x", "y"]}
    )
    frame.with_columns(pl.col("c").cast(pl.Categorical)).write_parquet(path)
    data = own_table.load(Table(path=str(path), target="f"))
    assert data.fields["features"].names == ("n", "b", "c = x", "c = y")
    assert data.fields["features"].values.tolist()[1] == [2, 0, 0, 1]
    assert own_table.load(Table(path=str(path), target="b")).fields["target"].classes == ("0", "1")


@pytest.mark.parametrize(
    ("values", "task", "kind"),
    [
        (["0", "1", "1", "0"], "auto", "label"),
        (["0.5", "1.5", "2.5", "3.5"], "auto", "value"),
        ([str(number) for number in range(40)], "auto", "value"),
        (["0", "1", "1", "0"], "regression", "value"),
        (["0.5", "1.5", "0.5", "1.5"], "classification", "label"),
        (["low", "high", "low", "3"], "classification", "label"),
    ],
)
def test_what_a_target_is(values: list[str], task: str, kind: str, load: Callable[..., Dataset]) -> None:
    text = "a,t\n" + "".join(f"{row},{value}\n" for row, value in enumerate(values))
    assert load(text, task=task).fields["target"].kind == kind


def test_numbers_as_classes_keep_their_names(load: Callable[..., Dataset]) -> None:
    target = load("a,t\n1,30\n2,10\n3,30\n").fields["target"]
    assert target.classes == ("10", "30")
    assert target.values.tolist() == [1, 0, 1]


GAPS = "a,b,t\n1,2,x\n3,,y\n5,6,x\nNA,8,y\n9,1,y\n"


def test_missing_values_are_refused_with_row_and_column(load: Callable[..., Dataset]) -> None:
    with pytest.raises(DataError, match="row 2 has no value in column 'b'"):
        load(GAPS)


def test_rows_with_missing_values_can_be_left_out(load: Callable[..., Dataset]) -> None:
    data = load(GAPS, missing="drop")
    assert data.fields["features"].values.tolist() == [[1, 2], [5, 6], [9, 1]]
    assert "2 of 5 rows with missing values left out." in data.notes
    assert data.fields["features"].missing == (1, 1)


def test_a_gap_in_a_column_that_is_not_used_is_no_matter(load: Callable[..., Dataset]) -> None:
    assert len(load(GAPS, features="a", missing="drop")) == 4


def test_rows_keep_their_numbers_after_others_are_left_out(load: Callable[..., Dataset]) -> None:
    with pytest.raises(DataError, match="'oops' in row 4 of column 'a'"):
        load("a,t\n1,x\n,y\n3,x\noops,y\n", missing="drop")


BAD: dict[str, tuple[str | bytes, dict[str, str], str]] = {
    "text among numbers": ("a,t\n1,x\ntwo,y\n3,x\n", {}, "'two' in row 2 of column 'a' is no number"),
    "text among a target's numbers": ("a,t\n1,5.5\n2,6.5\n3,many\n", {"task": "regression"}, "'many' in row 3 of column 't'"),
    "text to regress on": (FLOWERS, {"task": "regression"}, "'rose' in row 1 of column 'kind' is text"),
    "text refused": (FLOWERS, {"text": "refuse"}, "'red' in row 1 of column 'colour' is text"),
    "one class": ("a,t\n1,x\n2,x\n", {}, "one class only"),
    "one class of numbers": ("a,t\n1,4\n2,4\n", {}, "one class only"),
    "zero rows": ("a,t\n", {}, "no rows"),
    "nothing": ("", {}, "is empty"),
    "only gaps": ("a,t\n,x\n", {"missing": "drop"}, "no rows"),
    "one column": ("a\n1\n2\n", {}, "one column only"),
    "another separator": (FLOWERS, {"separator": ";"}, "Is the separator right"),
    "no names": ("1,2,3\n4,5,6\n", {}, "begins with numbers"),
    "a name twice": ("a, a ,t\n1,2,x\n", {}, "two columns called 'a'"),
    "a name twice, to the letter": ("a,a,t\n1,2,x\n", {}, "two columns called 'a'"),
    "decimal commas": ("a;t\n0,5;x\n1,25;y\n", {}, "'0,5' in row 1 of column 'a' has a decimal comma"),
    "decimal commas in a target": ("a;t\n1;0,5\n2;-1,25\n", {"task": "regression"}, "'0,5' in row 1 of column 't' has a decimal comma"),
    "no such target": (FLOWERS, {"target": "price"}, "no column 'price'. It has: length, width"),
    "no such feature": (FLOWERS, {"features": "length,height"}, "no column 'height'"),
    "target among features": (FLOWERS, {"target": "width", "features": "width,length"}, "both feature and target"),
    "infinite": ("a,t\n1,x\n1e999,y\n", {}, "'1e999' in row 2 of column 'a' is too large"),
    "too large for float32": ("a,t\n1,x\n1e39,y\n", {}, "in row 2 of column 'a' is too large"),
    "ragged": ("a,b,t\n1,2,x\n1,2,3,4,5\n", {}, "row 2 has 5 values, but there are 3 columns"),
    "another encoding": ("a,t\n1,\xe4\n2,b\n".encode("latin-1"), {}, "cannot be read as a table"),
    "ids as categories": ("a,t\n" + "".join(f"id{row},{row % 2}\n" for row in range(150)), {}, "150 different texts"),
    "values as classes": ("a,t\n" + "".join(f"{row},{row}.5\n" for row in range(1500)), {"task": "classification"}, "1500 different values"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_refused_with_reason_and_place(case: str, load: Callable[..., Dataset]) -> None:
    content, params, words = BAD[case]
    with pytest.raises(DataError) as caught:
        load(content, **params)
    assert words in str(caught.value)


def test_what_is_no_table(tmp_path: Path, load: Callable[..., Dataset]) -> None:
    for path, words in (
        ("", "No table is chosen"),
        (tmp_path / "none.csv", "There is no file"),
        (tmp_path, "There is no file"),
    ):
        with pytest.raises(DataError, match=words):
            own_table.load(Table(path=str(path)))
    with pytest.raises(DataError, match="cannot be read as a table"):
        load(b"PAR1 this is none", name="table.parquet")


def test_columns_of_other_types_are_named(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pl.DataFrame({"when": [[1], [2]], "t": ["x", "y"]}).write_parquet(path)
    with pytest.raises(DataError, match="column 'when' is of type List"):
        own_table.load(Table(path=str(path)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(st.sampled_from('a1.,;"\n\t é-'), max_size=60) | st.binary(max_size=60))
def test_any_text_is_a_table_or_refused(content: str | bytes, load: Callable[..., Dataset]) -> None:
    try:
        data = load(content)
    except DataError as error:
        assert len(str(error)) > 20
    else:
        assert np.isfinite(data.fields["features"].values).all()


@given(st.lists(st.tuples(st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(0, 3)), min_size=1))
def test_numbers_come_back_to_the_bit(rows: list[tuple[float, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text("x,t\n" + "".join(f"{value!r},{label}.5\n" for value, label in rows))
        data = own_table.load(Table(path=str(path)))
    assert data.fields["features"].values[:, 0].tolist() == [value for value, _ in rows]


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Red and blue pictures of many formats and sizes, one folder a class."""
    folder = tmp_path / "pictures"
    for name, colour in (("blue", (0, 0, 255)), ("red", (255, 0, 0))):
        (folder / name / "inner").mkdir(parents=True)
        Image.new("RGB", (40, 20), colour).save(folder / name / "wide.png")
        Image.new("RGB", (10, 30), colour).save(folder / name / "tall.bmp")
        Image.new("RGBA", (8, 8), (*colour, 255)).save(folder / name / "inner" / "clear.webp", lossless=True)
        Image.new("P", (9, 9)).save(folder / name / "palette.GIF")
        (folder / name / "notes.txt").write_text("no picture")
    (folder / ".hidden").mkdir()
    return folder


def test_pictures_of_all_sorts(pictures: Path) -> None:
    data = image_folder.load(ImageFolder(folder=str(pictures), size=16))
    images, labels = data.fields["image"].values, data.fields["label"]
    assert images.shape == (8, 3, 16, 16)
    assert images.dtype == np.uint8
    assert labels.classes == ("blue", "red")
    assert labels.values.tolist() == [0] * 4 + [1] * 4
    files = sorted(
        path.relative_to(pictures).as_posix() for path in pictures.rglob("*") if path.suffix in (".png", ".bmp")
    )
    assert len(files) == 4
    solid = {tuple(image.reshape(3, -1).mean(1)) for image in images}
    assert {(0.0, 0.0, 255.0), (255.0, 0.0, 0.0)} <= solid
    assert check_dataset(data, "pictures") == ()


def test_grey_and_stretched(pictures: Path) -> None:
    grey = image_folder.load(ImageFolder(folder=str(pictures), size=8, colour="grey"))
    assert grey.fields["image"].values.shape == (8, 1, 8, 8)
    halves = Image.new("RGB", (40, 20))
    halves.paste((255, 255, 255), (0, 0, 10, 20))  # the left quarter is white
    halves.save(pictures / "red" / "a.png")
    place = 4  # the first of "red"
    cropped = image_folder.load(ImageFolder(folder=str(pictures), size=8, colour="grey", fit="crop"))
    stretched = image_folder.load(ImageFolder(folder=str(pictures), size=8, colour="grey", fit="stretch"))
    assert cropped.fields["image"].values[place].mean() < 20, "the middle is black"
    assert stretched.fields["image"].values[place, 0, :, 0].min() > 200


def test_a_photo_taken_upright_stays_upright(pictures: Path) -> None:
    photo = Image.new("L", (16, 16))
    photo.paste(255, (0, 0, 16, 8))  # white above
    exif = Image.Exif()
    exif[0x0112] = 3  # taken upside down
    photo.save(pictures / "red" / "a.jpg", exif=exif)
    data = image_folder.load(ImageFolder(folder=str(pictures), size=16, colour="grey"))
    image = data.fields["image"].values[4, 0]
    assert image[:6].max() < 100
    assert image[-6:].min() > 150


def test_a_broken_file_is_named_or_left_out_and_counted(pictures: Path) -> None:
    broken = pictures / "red" / "broken.png"
    whole = (pictures / "red" / "wide.png").read_bytes()
    for content in (b"no picture", b"", whole[:40], whole[: len(whole) // 2]):
        broken.write_bytes(content)
        with pytest.raises(DataError, match=r"broken\.png is no readable picture.*Remove it"):
            image_folder.load(ImageFolder(folder=str(pictures)))
        data = image_folder.load(ImageFolder(folder=str(pictures), broken="skip"))
        assert len(data) == 8
        assert data.notes == ("1 broken files left out: red/broken.png.",)


def test_a_picture_that_would_fill_the_memory_is_broken(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)  # wide.png has 800: Pillow's warning counts
    with pytest.raises(DataError, match="is no readable picture"):
        image_folder.load(ImageFolder(folder=str(pictures)))


def test_a_class_without_a_readable_picture_is_no_class(pictures: Path) -> None:
    (pictures / "aaa").mkdir()
    (pictures / "aaa" / "x.png").write_bytes(b"broken")
    (pictures / "green").mkdir()
    data = image_folder.load(ImageFolder(folder=str(pictures), broken="skip"))
    assert data.fields["label"].classes == ("blue", "red")
    assert data.fields["label"].values.tolist() == [0] * 4 + [1] * 4
    assert "'green' holds no pictures and is left out." in data.notes


def test_folders_that_cannot_be_used(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    one = tmp_path / "one"
    (one / "only").mkdir(parents=True)
    Image.new("L", (4, 4)).save(one / "only" / "a.png")
    cases: tuple[tuple[Path | str, str], ...] = (
        ("", "No folder of pictures is chosen"),
        (tmp_path / "none", "There is no folder"),
        (pictures / "red" / "wide.png", "There is no folder"),
        (tmp_path / "empty", "there is none"),
        (one, "there is only 'only'"),
    )
    for folder, words in cases:
        with pytest.raises(DataError, match=words):
            image_folder.load(ImageFolder(folder=str(folder)))


def test_too_many_pictures_are_refused_before_memory_is_taken(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_folder, "MAX_BYTES", 8 * 3 * 16 * 16 - 1)
    with pytest.raises(DataError, match="Choose a smaller size"):
        image_folder.load(ImageFolder(folder=str(pictures), size=16))
