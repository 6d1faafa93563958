"""`search.points`: from a list and from a CSV file, right and wrong."""

import pytest

SPACE = (
    "learning_rate: loguniform(1e-4, 1)\nlayers: randint(1, 3)\noptimizer: [adam, momentum]\nepochs: 20\n"
    "momentum: {distribution: reverseloguniform, min: 0.9, max: 0.99, when: {optimizer: momentum}}"
)
ADAM = {"learning_rate": 0.01, "layers": 2, "optimizer": "adam", "epochs": 20}
SLOW = {"learning_rate": 0.1, "layers": 1, "optimizer": "momentum", "epochs": 20, "momentum": 0.95}
LIST = """search:
  points:
    - {learning_rate: 0.01, layers: 2, optimizer: adam, momentum: 0.9}
    - {optimizer: momentum, layers: 1.0, learning_rate: 1e-1, momentum: 0.95, epochs: 20}
    - {learning_rate: 1e-2, layers: 2, optimizer: adam}
"""
CSV = "learning_rate, layers ,optimizer,momentum\n0.01,2,adam,\n\n1e-1,1.0,momentum,0.95\n1e-2,2,adam,\n"


def test_a_list_is_filled_in_and_each_setting_kept_once(read):
    points = read(SPACE, LIST).search.points
    assert [dict(point) for point in points] == [ADAM, SLOW]
    assert [type(point["layers"]) for point in points] == [int, int]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_csv_file_beside_the_config_means_the_same_as_a_list(read, tmp_path, encoding):
    (tmp_path / "points.csv").write_text(CSV, encoding=encoding)
    assert read(SPACE, "search: {points: points.csv}\n").search.points == read(SPACE, LIST).search.points


def test_a_cell_may_hold_a_list(read, tmp_path):
    (tmp_path / "points.csv").write_text('hidden,learning_rate\n"[64, 32]",0.1\n[16],0.2\n')
    config = read("hidden: [[64, 32], [16]]\nlearning_rate: uniform(0.1, 0.2)", "search: {points: points.csv}\n")
    assert [dict(p) for p in config.search.points] == [
        {"hidden": [64, 32], "learning_rate": 0.1},
        {"hidden": [16], "learning_rate": 0.2},
    ]


def test_the_csv_of_a_report_gives_its_parameters_and_the_rest_is_passed_over(read, tmp_path):
    (tmp_path / "p.csv").write_text(
        "rank,trial,round,status,val_accuracy,epochs,learning_rate,layers,optimizer,params.momentum,momentum,seconds,error\n"
        "1,7,1,complete,0.9,20,0.01,2,adam,,0.5,1.5,\n"
        ",3,1,failed,,20,0.1,1,momentum,0.95,,0.1,it broke\n"
    )
    points = read(SPACE, "search: {method: points, points: p.csv}\n").search.points
    assert [dict(point) for point in points] == [ADAM, SLOW]


def test_a_cell_means_what_its_parameter_can_be(read, tmp_path):
    (tmp_path / "p.csv").write_text("trial,fold,n,sched,x\n1,08,8,,0.5\n2,1e5,9,cosine,0.25\n3,,8,null,1\n")
    space = 'fold: ["08", "1e5", ""]\nn: [8, "9"]\nsched: {values: [null, cosine], when: {n: 8}}\nx: uniform(0, 1)'
    head = 'command: [echo, "${args}"]\nmetric: {name: m, goal: minimize}\n'
    assert [dict(p) for p in read(space, "search: {points: p.csv}\n", head=head).search.points] == [
        {"fold": "08", "n": 8, "sched": None, "x": 0.5},
        {"fold": "1e5", "n": "9", "x": 0.25},
        {"fold": "", "n": 8, "sched": None, "x": 1},
    ]


def test_of_choices_that_look_the_same_the_text_stands_in_quotes(read, tmp_path):
    (tmp_path / "p.csv").write_text("s,n\nnull,8\n'null','8'\n\"\"\"null\"\"\",8\n,8\n'',8\n")
    space = 's: [null, "null", ""]\nn: [8, "8"]'
    head = 'command: [echo, "${args}"]\nmetric: {name: m, goal: minimize}\n'
    points = read(space, "search: {points: p.csv}\n", head=head).search.points
    assert [tuple(point.values()) for point in points] == [(None, 8), ("null", "8"), ("null", 8), ("", 8)]


def test_points_alone_make_as_many_trials_as_there_are(read):
    search = read(SPACE, LIST.replace("search:\n", "search:\n  method: points\n")).search
    assert (search.method, search.trials) == ("points", 2)


@pytest.mark.parametrize(
    ("row", "underlined", "rule", "fix"),
    [
        ("{lerning_rate: 1}", "{lerning_rate: 1}", "unknown parameter `lerning_rate`", "did you mean `learning_rate`?"),
        ("{layers: 2, optimizer: adam}", None, "no value for learning_rate", "add learning_rate"),
        ("{learning_rate: 0.1, layers: 2, optimizer: momentum}", None, "no value for momentum", ""),
        (
            "{learning_rate: 5, layers: 2, optimizer: adam}",
            "5",
            "learning_rate=5 is not in the space",
            "loguniform(0.0001, 1)",
        ),
        (
            "{learning_rate: 0.1, layers: 1.5, optimizer: adam}",
            "1.5",
            "layers=1.5 is not in the space",
            "randint(1, 3)",
        ),
        (
            "{learning_rate: 0.1, layers: 1, optimizer: sgd}",
            "sgd",
            "optimizer='sgd' is not in the space",
            "choice(adam",
        ),
        (
            "{learning_rate: 0.1, layers: 1, optimizer: adam, epochs: 9}",
            "9",
            "epochs=9 is not in the space",
            "is always 20",
        ),
        ("{learning_rate: null, layers: 1, optimizer: adam}", "null", "learning_rate=nothing is not", ""),
    ],
)
def test_a_wrong_row_of_a_list_says_which_value_and_why(mistakes, row, underlined, rule, fix):
    (mistake,) = mistakes(SPACE, f"search:\n  points:\n    - {row}\n")
    assert rule in mistake.message
    assert "search.points 1" in mistake.message
    assert mistake.place.text[mistake.place.column - 1 :][: mistake.place.width] == (underlined or row)
    assert fix in mistake.fix


@pytest.mark.parametrize(
    ("content", "source", "rule"),
    [
        (b"learning_rate,layers,optimizer\n\n0.1,2,adam\n7,2,adam\n", ":4", "learning_rate=7 is not in the space"),
        (b"learning_rate,layers,optimizer\n0.1,2,adam,extra\n", "", "line 2 of points.csv has 4 cells, the header 3"),
        (b"learning_rate,layers,optimizer\n0.1,2\n", ":2", "no value for optimizer"),
        (b"a,a\n1,2\n", "", "more than one column `a`"),
        (b"learning_rate,layers,optimizer\n", "", "has no rows"),
        (b"", "", "has no rows"),
        (b"\xff\xfe\x00", "", "cannot be read"),
        (b'learning_rate,layers,optimizer\n"0.1,2,adam\n', "", "cannot be read"),
    ],
)
def test_a_wrong_csv_file_says_its_line(mistakes, tmp_path, content, source, rule):
    (tmp_path / "points.csv").write_bytes(content)
    (mistake,) = mistakes(SPACE, "search: {points: points.csv}\n")
    assert rule in mistake.message
    assert mistake.place.source.endswith(f"points.csv{source}" if source else "c.yaml")


@pytest.mark.parametrize(
    ("points", "rule"),
    [
        ("none.csv", "cannot be read: No such file"),
        ("~no-such-user/x.csv", "home of a user"),
        ('"a\\0b"', "is no path"),
        (".", "cannot be read"),
        ("5", "must be a list of settings or the name of a CSV file"),
        ("[]", "must be a list of settings"),
        ("[1, 2]", "must be a list of settings"),
    ],
)
def test_points_that_cannot_be_read_are_refused(mistakes, points, rule):
    (mistake,) = mistakes(SPACE, f"search: {{points: {points}}}\n")
    assert rule in mistake.message


def test_of_many_wrong_rows_the_first_are_told(mistakes):
    rows = "".join(f"    - {{learning_rate: {i + 5}, layers: 1, optimizer: adam}}\n" for i in range(50))
    found = mistakes(SPACE, f"search:\n  points:\n{rows}")
    assert len(found) == 11
    assert any("more rows may be wrong" in m.message for m in found)
