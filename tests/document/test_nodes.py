"""YAML as people mean it: the traps, the places, and what cannot be read."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hpsearch.document import parse, scalar, yaml_lines
from hpsearch.errors import ConfigError, Mistake


def plain(text):
    return parse(text, "c.yaml").plain()


def mistakes(text):
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.yaml")
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("1e5", 1e5),
        ("1E+5", 1e5),
        (".5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1.5e-3", 1.5e-3),
        ("+3", 3),
        ("-7", -7),
        ("010", 10),
        ("1_000_000", 1_000_000),
        ("0x1F", 31),
        ("true", True),
        ("True", True),
        ("false", False),
        ("null", None),
        ("~", None),
        (".inf", math.inf),
        ("-.INF", -math.inf),
    ],
)
def test_a_scalar_means_what_people_mean(text, value):
    read = plain(f"key: {text}")["key"]
    assert read == value
    assert type(read) is type(value)


TEXT = (
    *("no", "No", "on", "off", "yes", "y", "n", "12:30", "1:02:03", "2024-01-01", "0o17", "0b1", "1__0_"),
    *("e5", ".", "1e", "-", "inf", "nan", "1,5", "1.2.3", "9" * 401),
)


@pytest.mark.parametrize("text", TEXT)
def test_what_only_looks_like_something_else_stays_text(text):
    if text != "-":  # alone it begins a list
        assert plain(f"key: {text}") == {"key": text}
    assert scalar(text) == text


@pytest.mark.parametrize("quoted", ['"1e-4"', "'true'", '"null"', "!!str 010", "! 'x'"])
def test_quotes_and_the_str_tag_make_text(quoted):
    assert isinstance(plain(f"key: {quoted}")["key"], str)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300))
def test_every_number_that_python_writes_is_read_back(number):
    read = plain(f"key: {number!r}")["key"]
    assert read == number
    assert type(read) is type(number)


_LOOKALIKES = ["08", "1e5", "1_000", "0x1f", "null", "~", "", ".5", "1:30", "true", ".inf", "- a", "a: b", "#"]
_SCALARS = [st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False), st.text()]
_PLAIN = st.recursive(
    st.one_of(*_SCALARS, st.sampled_from(_LOOKALIKES)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b c", "08"]), inner),
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first text of a process takes a second
@given(st.dictionaries(st.sampled_from(["a", "08", "on", "~"]), _PLAIN, max_size=3))
def test_what_is_written_for_people_to_paste_is_read_back_unchanged(values):
    lines = yaml_lines(values)
    read = plain("\n".join(lines) if values else "{}")
    assert repr(read) == repr(values)
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_give_the_same_tree_and_places(newline):
    root = parse(newline.join(["a: 1", "b:", "  c: [1, 2]", ""]), "c.yaml")
    assert root.plain() == {"a": 1, "b": {"c": [1, 2]}}
    place = root.get("b").get("c").place
    assert (place.line, place.column, place.text, place.width) == (3, 6, "  c: [1, 2]", 6)


def test_every_node_and_key_knows_its_place():
    root = parse("a: 1\nb: {c: x, dd: [10, 20]}\n", "c.yaml")
    b = root.get("b")
    second = b.get("dd").value[1].place
    assert (b.keys["dd"].line, b.keys["dd"].column, b.keys["dd"].width) == (2, 11, 2)
    assert (second.line, second.column, second.width, second.source) == (2, 20, 2, "c.yaml")


def test_anchors_and_merge_keys_work_with_the_own_entry_and_the_earlier_merge_first():
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 5, z: 6}\none: {<<: *b, y: 3}\ntwo: {<<: [*b, *m]}\ncopy: *b\n"
    read = plain(text)
    assert read["one"] == {"x": 1, "y": 3}
    assert read["two"] == {"x": 1, "y": 2, "z": 6}
    assert read["copy"] == {"x": 1, "y": 2}


def test_a_key_given_twice_is_refused_where_it_stands_the_second_time():
    (mistake,) = mistakes("a: 1\nb: 2\na: 3\n")
    assert (mistake.place.line, mistake.place.column, mistake.place.width) == (3, 1, 1)
    assert "`a` stands twice; first written in line 1" in mistake.message


def test_a_mistake_under_an_anchor_is_told_once_for_all_its_aliases():
    assert len(mistakes("a: &x {k: 1, k: 2}\nb: *x\nc: *x\n")) == 1


@pytest.mark.parametrize(
    ("text", "line", "column", "rule"),
    [
        ("a: &x [*x]", 1, 4, "inside its own anchor"),
        ("a: !!python/object:os.system {b: 1}", 1, 4, "!!python/object:os.system has no meaning"),
        ("a: !foo 5", 1, 4, "!foo has no meaning"),
        ("a: &x !foo 5", 1, 4, "!foo has no meaning"),
        ('a: !foo "5"', 1, 4, "!foo has no meaning"),
        ("a: !foo [5]", 1, 4, "!foo has no meaning"),
        ("a: !!int abc", 1, 4, "!!int has no meaning"),
        ("a: !!binary aGk=", 1, 4, "!!binary has no meaning"),
        ("a: {<<: 5}", 1, 9, "merges a mapping"),
        ("? [1, 2]\n: 3", 1, 3, "a key must be a name"),
        ("a:\n\tb: 1", 2, 1, "not YAML"),
        ("a: [1, 2\nb: 3", 2, 2, "which began in line 1"),
        ("a: b: c", 1, 5, "not YAML"),
        ('a: "x', 1, 6, "unexpected end"),
        ("a: *nothing", 1, 4, "undefined alias"),
        ("a: 1\n---\nb: 2", 2, 1, "single document"),
        ("a: 1\nb: x\x01y", 2, 5, "control character, U+0001"),
        ("a: @x", 1, 4, "cannot start any token"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text, line, column, rule):
    (mistake,) = mistakes(text)
    assert (mistake.place.line, mistake.place.column) == (line, column)
    assert rule in mistake.message


@pytest.mark.parametrize("text", ["a:\n\tb: 1", "a: [1, 2\nb: 3", "a: b: c", 'a: "x', "a: !foo 5", "a: 1\na: 2"])
def test_common_slips_come_with_a_fix(text):
    assert all(mistake.fix for mistake in mistakes(text))


def test_a_billion_laughs_are_refused_at_once():
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert any("too much" in mistake.message for mistake in mistakes("\n".join(lines)))


@pytest.mark.parametrize("text", ["[" * 100 + "]" * 100, "[" * 5000, "{a: " * 200 + "1" + "}" * 200, "- " * 3000 + "x"])
def test_what_is_nested_too_deeply_is_refused_without_a_traceback(text):
    assert "nested too deeply" in mistakes(text)[0].message


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing here\n", "---\n", "--- {}\n"])
def test_an_empty_file_is_an_empty_mapping(text):
    assert parse(text, "c.yaml").plain() in ({}, None)


def read_or_refused(text):
    """The tree as data, or the mistakes; anything else that is raised ends the test."""
    try:
        return parse(text, "c.yaml").plain()
    except ConfigError as err:
        return err.mistakes


@given(st.text(max_size=60) | st.text(alphabet="ab:-[]{},&*!#'\"|>%@ \n\t10.?<", max_size=40))
def test_any_text_is_read_or_refused_in_words(text):
    read = read_or_refused(text)
    assert not isinstance(read, list) or all(not isinstance(m, Mistake) or (m.message and str(m)) for m in read)
