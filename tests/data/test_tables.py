import gzip
import sys
import time
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
    "missing values, all columns at once": (
        rows_of(",1,p", ",,q"),
        ["'a' (2 of 24, the first in row 1)", "'b' (1 of 24, the first in row 2)", "`drop:`"],
    ),
    "a missing label": (rows_of("3,1,"), ["'y' (1 of 24, the first in row 1)"]),
    "infinite values": (rows_of("inf,1,p", "-inf,2,q"), ["infinite values in a (2, the first in row 1)"]),
    "infinite row numbers": (
        "Id,a,y\n" + "".join(f"inf,{row * row},{row % 2}\n" for row in range(24)) + "1,2,1\n",
        ["infinite values in Id (24, the first in row 1)"],
    ),
    "junk between numbers": (
        rows_of("oops,1,p", "?,1,q"),
        ["column 'a': 2 of 24 values are not numbers ('?', 'oops')", "drop: ['a']"],
    ),
    "a sign for no value among a few whole numbers": (
        "a,y\n" + "".join(f"{'-?012'[row % 5]},{row % 2}\n" for row in range(24)),
        ["column 'a': 10 of 24 values are not numbers ('-', '?'), the first in row 1"],
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
    "columns of one name, all at once": ("a,a,b,b,y\n1,2,3,4,p\n", ["several columns are named 'a', 'b'; rename them"]),
    "a first row in the header's place": ("1,1,p\n2,2,q\n", ["named '1'; add a first line with the columns' names"]),
    "row numbers in another order": (
        ",a,y\n" + "".join(f"{row * 7 % 24},{row * row},{row % 2}\n" for row in range(24)),
        ["column 'Unnamed: 0' only numbers the rows"],
    ),
    "thousands with commas": (
        rows_of('"1,200",1,p').replace("16,", '"1,600",'),
        ["column 'a' is text that holds numbers with other signs in them ('1,200', '1,600')"],
    ),
    "nothing but thousands": (
        "a,y\n" + "".join(f'"1,{100 + row % 5}",{row % 2}\n' for row in range(24)),
        ["column 'a' is text that holds numbers with other signs", "'1,100', '1,101', '1,102' and 2 more", "plainly"],
    ),
    "per cent": ("a,y\n" + "".join(f"{row % 5} %,{row % 2}\n" for row in range(24)), ["numbers with other signs"]),
    "money": ("a,y\n" + "".join(f"${row % 5}.50,{row % 2}\n" for row in range(24)), ["numbers with other signs"]),
    "points and commas": (
        "a;y\n" + "".join(f"1.{row % 5}00,50;{row % 2}\n" for row in range(24)),
        ["numbers with other signs", "'1.000,50'"],
    ),
    "underscores in numbers": (
        "a,y\n" + "".join(f"1_{140 + row % 5},{row % 2}\n" for row in range(24)),
        ["numbers with other signs", "'1_140'"],
    ),
    "numbers of base 16": (
        "a,y\n" + "".join(f"{hex(16 + row % 7)},{row % 2}\n" for row in range(24)),
        ["numbers with other signs", "'0x10'"],
    ),
    "bars between columns": ("a|b|y\n" + "1|2|p\n3|4|q\n" * 12, ["seem to be divided by '|'", "commas, semicolons or"]),
    "spaces between columns": ("a b  y\n" + "1 2 p\n3 4  q\n" * 12, ["seem to be divided by spaces; write commas"]),
    "a comment first": (
        "# made by x, y\na,b,y\n" + "1,2,p\n3,4,q\n" * 12,
        ["begins with a comment ('# made by x, y')"],
    ),
    "a comment without a comma": ("# made by x\na,b,y\n" + "1,2,p\n3,4,q\n" * 12, ["begins with a comment"]),
    "days": (
        "a,y\n" + "".join(f"2024-01-{row % 5 + 10},{row % 2}\n" for row in range(24)),
        ["column 'a' is text that holds dates or times", "the days since a day"],
    ),
    "days and hours": (
        "a,y\n" + "".join(f"3/{row % 5 + 1}/24 9:30,{row % 2}\n" for row in range(24)),
        ["dates or times"],
    ),
    "hours": ("a,y\n" + "".join(f"{row % 5 + 1}:30 PM,{row % 2}\n" for row in range(24)), ["dates or times"]),
    "all columns that cannot be inputs": (
        "a,b,c,y\n" + "".join(f"n{row}x,{row % 5}%,{row},{row % 2}\n" for row in range(24)),
        ["column 'a' is text", "column 'b' is text", "to go on without them: `drop: ['a', 'b']`"],
    ),
    "a quantity with decimal commas as target": (
        "a;y\n" + "".join(f"{row * row};{row},5\n" for row in range(24)),
        ["target 'y': 24 labels are not whole numbers (0.5, 1.5, 2.5 and 21 more)"],
    ),
    "UTF-16": (rows_of().encode("utf-16"), ["not UTF-8 text (byte 0xff in line 1)", "iconv -f utf-16"]),
    "UTF-16 without a mark": (rows_of().encode("utf-16-le"), ["byte 0x00 in line 1", "iconv -f utf-16"]),
    "numbers of four hundred digits": (
        "a,y\n" + "".join(f"{row}{'9' * 400},{row % 2}\n" for row in range(24)),
        ["column 'a' holds whole numbers too large"],
    ),
    "a byte of 0, which would end the cell": (rows_of("1,2,p", "1\x005,2,q"), ["not UTF-8 text (byte 0x00 in line 3)"]),
    "a quotation mark left open": (rows_of("1,2,p", '1,"2,q'), ["a quotation mark opens in line 3 and does not close"]),
    "a comma after every row": ("a,y\n" + "1,p,\n2,q,\n" * 12, ["take out the ',' at the end of the rows"]),
    "signs that a terminal obeys": (rows_of(header="a\x1b[2J,a\x1b[2J,y"), ["named 'a\\x1b[2J'"]),
    "one row too long": (rows_of("1,2,p", "1,2,3,4"), ["line 3", "as many values as the header"]),
    "every row too long": ("a,y\n" + "1,2,p\n1,3,q\n" * 12, ["more values than the header's 2 names"]),
    "no UTF-8": (rows_of("1,2,p", header="a,bé,y").encode("latin1"), ["not UTF-8 text (byte 0xe9 in line 1)", "iconv"]),
    "no UTF-8 further down": ((rows_of() * 1).encode() + b"1,\xff,p\n", ["not UTF-8 text (byte 0xff in line 26)"]),
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
    assert "did you mean `y`?" in str(problems(wrong)["target"])
    assert "did you mean `a`?" in str(problems(wrong)["drop"])
    assert "one of a, b, y" in str(problems(DataSource(path=source.path))["target"])
    assert "take it out" in str(problems(DataSource(path=source.path, target="y", drop=("y",)))["drop"])


def test_a_broken_gzip_file_is_refused(tmp_path):
    whole = gzip.compress(rows_of().encode() * 50)
    assert "not a complete gzip file" in refusal(written(tmp_path, whole[:-20], "cut.csv.gz"))
    assert "not a complete gzip file" in refusal(written(tmp_path, rows_of(), "plain.csv.gz"))


def test_dates_and_lists_are_refused_by_their_column(tmp_path):
    table().assign(day=pd.Timestamp("2020-01-01")).to_parquet(tmp_path / "t.parquet")
    source = DataSource(path=tmp_path / "t.parquet", target="species")
    assert "column 'day' holds datetime64 values" in refusal(source)
    assert "target 'day' holds" in refusal(DataSource(path=source.path, target="day"))


def test_columns_of_one_name_in_parquet_are_refused_as_in_csv(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = pa.array(range(24))
    pq.write_table(pa.table([numbers, numbers, numbers], names=["a", "a", "y"]), tmp_path / "t.parquet")
    assert "several columns are named 'a'; rename them" in refusal(DataSource(path=tmp_path / "t.parquet", target="y"))


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


def test_what_a_spreadsheet_leaves_at_the_end_is_left_out(tmp_path):
    rows = "".join(f"{row * row},{row % 5},{'pq'[row % 2]},,\n" for row in range(24))
    split = prepare(written(tmp_path, f"a,b,y,,\n{rows},,,,\n,,,,\n"))
    assert split.features == ("a", "b")
    assert split.empty_rows == 2
    assert sum(len(part.labels) for part in (split.train, split.validation, split.test)) == 24
    assert [column.name for column in split.columns if "no value" in column.kind] == ["Unnamed: 3", "Unnamed: 4"]


def test_a_place_is_counted_with_the_empty_rows_before_it(tmp_path):
    assert "'a' (1 of 24, the first in row 3)" in refusal(written(tmp_path, rows_of("1,2,p", ",,", ",2,q") + "5,5,p\n"))


def test_a_named_column_without_values_is_refused(tmp_path):
    rows = "".join(f"{row * row},,{'pq'[row % 2]}\n" for row in range(24))
    assert "'b' (24 of 24, the first in row 1)" in refusal(written(tmp_path, f"a,b,y\n{rows}"))


def test_a_comma_is_a_decimal_sign_where_semicolons_divide(tmp_path):
    rows = "".join(f"-{row % 7},5;{row % 3};{row}.5;{'pq'[row % 2]}\n" for row in range(24))
    data = load(written(tmp_path, f"a;b;c;y\n{rows}"))
    assert data.features == ("a", "b", "c")
    assert data.inputs[:, 0].tolist() == [-(row % 7) - 0.5 for row in range(24)]
    assert data.inputs[:, 2].tolist() == [row + 0.5 for row in range(24)]


def test_a_name_in_quotes_may_hold_what_divides(tmp_path):
    assert columns(written(tmp_path, '"a, in m, s";"b";y\n' + "1;2;p\n").path) == ["a, in m, s", "b", "y"]


def test_spaces_around_a_text_are_not_part_of_it(tmp_path):
    rows = "".join(
        f"{row * row},{('u', 'v ')[row // 2 % 2]},{('p', 'q')[row % 2]}{' ' * (row % 3)}\n" for row in range(24)
    )
    data = load(written(tmp_path, f"a,b,y\n{rows}"))
    assert data.classes == ("p", "q")
    assert data.features == ("a", "b=u", "b=v")


def test_every_column_is_accounted_for(tmp_path):
    table().assign(CustomerId=np.arange(24) * 3 + 100).to_csv(tmp_path / "t.csv", index=False)
    split = prepare(DataSource(path=tmp_path / "t.csv", target="species", drop=("count",)))
    assert [(column.name, column.kind, column.inputs) for column in split.columns] == [
        ("species", "target", 0),
        ("size", "number", 1),
        ("wild", "true or false", 1),
        ("color", "text: blue, green, red", 3),
        ("CustomerId", "number, another one in each row: an ID?", 1),
        ("count", "left out: `drop:`", 0),
    ]
    assert sum(column.inputs for column in split.columns) == len(split.features) == split.train.inputs.shape[1]


def test_the_largest_class_is_that_of_training_scored_on_validation(tmp_path):
    labels = ["rare"] * 10 + ["usual"] * 30
    pd.DataFrame({"a": np.arange(40.0) ** 2, "y": labels}).to_csv(tmp_path / "t.csv", index=False)
    assert prepare(DataSource(path=tmp_path / "t.csv", target="y")).largest_class == ("usual", 0.75)


def test_the_time_for_a_header_grows_with_its_length_and_not_with_the_square(tmp_path):
    def seconds(count: int) -> float:
        (tmp_path / "t.csv").write_text(",".join(f"gene{i}" for i in range(count)) + ",y\n")
        begin = time.process_time()
        known = columns(tmp_path / "t.csv")
        assert len(known) == count + 1
        drop = tuple(known[: count // 2])
        assert problems(DataSource(path=tmp_path / "t.csv", target="y", drop=drop)) == {}
        return time.process_time() - begin

    assert seconds(80_000) < 4  # the square takes more than a minute


def test_a_line_too_long_for_a_table_is_refused_before_it_is_taken_apart(tmp_path):
    message = refusal(written(tmp_path, "," * 1_000_001 + "\n"))
    assert "its first line names more than 1,000,000 columns" in message


def test_lines_without_end_are_no_header(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"\n" * 10**6) + gzip.compress(rows_of().encode()))
    assert "is empty" in refusal(DataSource(path=tmp_path / "t.csv.gz", target="y"))


def test_the_place_of_a_bad_byte_is_found_in_a_line_of_any_length(tmp_path):
    long = "é" * 2**17 + ",b,y\n1,2,p\n"
    assert "byte 0xff in line 3" in refusal(written(tmp_path, long.encode() + b"\xff,2,p\n"))
    assert "byte 0x00 in line 1" in refusal(written(tmp_path, b"\0" * 2**18))


def test_more_rows_than_memory_holds_are_refused_by_the_metadata(tmp_path, monkeypatch):
    pd.DataFrame({"a": np.zeros(200_000), "y": np.arange(200_000) % 2}).to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr("hpsearch.data.files.available", lambda: 2**20)
    assert "its 200,000 rows would take 3.05 MiB of memory" in refusal(
        DataSource(path=tmp_path / "t.parquet", target="y")
    )
