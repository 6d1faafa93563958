import gzip
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpsearch.data import DataSource, columns, load, prepare, problems
from hpsearch.errors import DataError


def table(n=24):
    return pd.DataFrame(
        {
            "size": np.linspace(0.5, 9, n) ** 2,
            "count": (np.arange(n) * 7) % 5,
            "wild": np.arange(n) % 3 == 0,
            "color": np.array(["red", "green", "blue"])[np.arange(n) * 5 % 3],
            "species": np.array(["cat", "ant"])[np.arange(n) % 2],
        }
    )


def written(folder: Path, text: str | bytes, name="rows.csv") -> DataSource:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return DataSource(path=folder / name, target="y")


def rows_of(*values: str, header="a,b,y") -> str:
    """Make a table of 24 rows, the given ones first, the rest plain."""
    rest = [f"{row * row},{row % 5},{'pq'[row % 2]}" for row in range(len(values), 24)]
    return "\n".join([header, *values, *rest]) + "\n"


def refusal(source: DataSource) -> str:
    with pytest.raises(DataError) as caught:
        load(source)
    return str(caught.value)


WRITERS = {
    "t.csv": lambda frame, path: frame.to_csv(path, index=False),
    "t.csv.gz": lambda frame, path: frame.to_csv(path, index=False),
    "T.TSV": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "european.csv": lambda frame, path: frame.to_csv(path, index=False, sep=";"),
    "bom.csv": lambda frame, path: frame.to_csv(path, index=False, encoding="utf-8-sig"),
    "t.parquet": lambda frame, path: frame.to_parquet(path),
    "categories.parquet": lambda frame, path: frame.astype({"color": "category"}).to_parquet(path),
    "filtered.parquet": lambda frame, path: frame.set_axis(range(5, 29)).iloc[::1].to_parquet(path),
    "nullable.parquet": lambda frame, path: frame.convert_dtypes().to_parquet(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_table_gives_the_same_rows(name, tmp_path):
    frame = table()
    WRITERS[name](frame, tmp_path / name)
    data = load(DataSource(path=tmp_path / name, target="species"))
    assert data.classes == ("ant", "cat")
    assert data.features == ("size", "count", "wild", "color=blue", "color=green", "color=red")
    np.testing.assert_allclose(data.inputs[:, 0], frame["size"])
    assert data.inputs[:, 2].tolist() == frame["wild"].astype(float).tolist()
    for column, color in ((3, "blue"), (4, "green"), (5, "red")):
        assert data.inputs[:, column].tolist() == [float(value == color) for value in frame["color"]]
    assert [data.classes[label] for label in data.labels] == frame["species"].tolist()
    assert columns(tmp_path / name) == list(frame.columns)


def test_any_column_can_be_the_target(tmp_path):
    table().to_csv(tmp_path / "t.csv", index=False)
    for target, classes in (
        ("count", ("0", "1", "2", "3", "4")),
        ("wild", ("False", "True")),
        ("color", ("blue", "green", "red")),
    ):
        assert load(DataSource(path=tmp_path / "t.csv", target=target)).classes == classes


def test_dropped_columns_are_no_inputs(tmp_path):
    table().to_csv(tmp_path / "t.csv", index=False)
    data = load(DataSource(path=tmp_path / "t.csv", target="species", drop=("color", "size")))
    assert data.features == ("count", "wild")


def test_a_whole_table_is_prepared_without_a_warning(tmp_path):
    table(60).assign(constant=0.1).to_csv(tmp_path / "t.csv", index=False)
    split = prepare(DataSource(path=tmp_path / "t.csv", target="species"))
    assert np.isfinite(split.train.inputs).all()
    assert split.scale[split.features.index("constant")] == 1


def test_a_header_after_blank_lines_or_over_two_lines_is_read(tmp_path):
    source = written(tmp_path, "\n\n" + rows_of(header='"a\nlong", b ,y'))
    assert columns(source.path) == ["a\nlong", "b", "y"]
    assert load(source).features == ("a\nlong", "b")


def test_few_values_of_which_some_are_whole_numbers_are_categories(tmp_path):
    rows = [f"{row * row},{('0', '1', '2', '3+')[row // 2 % 4]},{'pq'[row % 2]}" for row in range(24)]
    assert load(written(tmp_path, rows_of(*rows))).features == ("a", "b=0", "b=1", "b=2", "b=3+")


REFUSALS = {
    "missing values, all columns at once": (rows_of(",1,p", ",,q"), ["'a' (2 of 24)", "'b' (1 of 24)", "`drop:`"]),
    "a missing label": (rows_of("3,1,"), ["'y' (1 of 24)"]),
    "infinite values": (rows_of("inf,1,p", "-inf,2,q"), ["infinite values in a (2)"]),
    "infinite row numbers": (
        "Id,a,y\n" + "".join(f"inf,{row * row},{row % 2}\n" for row in range(24)) + "1,2,1\n",
        ["infinite values in Id (24)"],
    ),
    "junk between numbers": (
        rows_of("oops,1,p", "?,1,q"),
        ["column 'a': 2 of 24 values are not numbers ('?', 'oops')", "drop: ['a']"],
    ),
    "an ID": (
        "a,y\n" + "".join(f"n{row}x,{row % 2}\n" for row in range(24)),
        ["column 'a' is text with 24 different values in 24 rows", "drop: ['a']"],
    ),
    "row numbers without a name": (
        ",a,y\n" + "".join(f"{row},{row * row},{row % 2}\n" for row in range(24)),
        ["column 'Unnamed: 0' only numbers the rows", "drop: ['Unnamed: 0']"],
    ),
    "row numbers called Id": (
        "Id,a,y\n" + "".join(f"{row + 1},{row * row},{row % 2}\n" for row in range(24)),
        ["column 'Id' only numbers the rows"],
    ),
    "a quantity as target": (
        "a,y\n" + "".join(f"{row * row},{row / 8}\n" for row in range(24)),
        ["target 'y': 21 labels are not whole numbers", "bins"],
    ),
    "one class": ("a,y\n" + "1,p\n3,p\n" * 12, ["target 'y': every row has the class 'p'"]),
    "an empty file": ("", ["rows.csv: is empty"]),
    "no rows": ("a,b,y\n", ["has a header and no rows"]),
    "two columns of one name": ("a,a,y\n1,2,p\n", ["several columns are named 'a'"]),
    "one row too long": (rows_of("1,2,p", "1,2,3,4"), ["line 3", "as many values as the header"]),
    "every row too long": ("a,y\n" + "1,2,p\n1,3,q\n" * 12, ["more values than the header's 2 names"]),
    "no UTF-8": (rows_of("1,2,p", header="a,bé,y").encode("latin1"), ["not UTF-8 text (byte 0xe9)", "iconv"]),
    "no UTF-8 further down": ((rows_of() * 1).encode() + b"1,\xff,p\n", ["not UTF-8 text (byte 0xff)"]),
    "a wrong target": (rows_of(header="a,b,yy"), ["target: 'y' is not in the file; did you mean `yy`?", "a, b, yy"]),
    "no header": ("5.1,3.5,1\n" * 12, ["target: 'y' is not in the file; add a first line with the columns' names"]),
    "nothing but the target": ("y\np\nq\n", ["drop: no input is left beside the target"]),
    "binary content": (b"PK\x03\x04\x00\xfe\xff" * 40, ["not UTF-8"]),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_table_is_refused_with_the_place_the_count_and_the_fix_for(name, tmp_path):
    text, parts = REFUSALS[name]
    message = refusal(written(tmp_path, text))
    assert "rows.csv" in message
    for part in parts:
        assert part in message


def test_wrong_names_are_all_told_at_once(tmp_path):
    source = written(tmp_path, rows_of())
    wrong = DataSource(path=source.path, target="Y", drop=("aa",), test=2)
    assert set(problems(wrong)) == {"target", "drop", "test"}
    assert "did you mean `y`?" in problems(wrong)["target"]
    assert "did you mean `a`?" in problems(wrong)["drop"]
    assert "one of a, b, y" in problems(DataSource(path=source.path))["target"]
    assert "take it out" in problems(DataSource(path=source.path, target="y", drop=("y",)))["drop"]


def test_a_broken_gzip_file_is_refused(tmp_path):
    whole = gzip.compress(rows_of().encode() * 50)
    assert "not a complete gzip file" in refusal(written(tmp_path, whole[:-20], "cut.csv.gz"))
    assert "not a complete gzip file" in refusal(written(tmp_path, rows_of(), "plain.csv.gz"))


def test_dates_and_lists_are_refused_by_their_column(tmp_path):
    table().assign(day=pd.Timestamp("2020-01-01")).to_parquet(tmp_path / "t.parquet")
    source = DataSource(path=tmp_path / "t.parquet", target="species")
    assert "column 'day' holds datetime64 values" in refusal(source)
    assert "target 'day' holds" in refusal(DataSource(path=source.path, target="day"))


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    assert "is not a readable Parquet file" in refusal(written(tmp_path, rows_of(), "t.parquet"))


def test_a_parquet_file_with_damaged_rows_is_refused(tmp_path):
    table().to_parquet(tmp_path / "t.parquet")
    content = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(content[:4] + b"\xff" * 40 + content[44:])
    source = DataSource(path=tmp_path / "t.parquet", target="species")
    assert problems(source) == {}
    assert "is not a readable Parquet file" in refusal(source)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    table().to_parquet(tmp_path / "t.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    message = refusal(DataSource(path=tmp_path / "t.parquet", target="species"))
    assert "pip install 'hpsearch[parquet]'" in message
