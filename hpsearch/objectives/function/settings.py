"""Reads `function:`: the user's own Python function, found and checked without running a line of it."""

import ast
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from hpsearch.document import Boolean, Invalid, Key, Mistakes, Node, Text, given, show
from hpsearch.errors import did_you_mean
from hpsearch.objectives.function.calling import FILLED, is_beside, module_file
from hpsearch.objectives.objective import Objective, ObjectiveSettings
from hpsearch.trial import Metric

_EXAMPLE = "function: train:objective"
_NO_FUNCTIONS = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set)
_SEARCHED = ("sys.path", "sys.meta_path", "sys.modules", "site.addsitedir")
_PATH = Text(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", "package.module:name")
_DOC = "what is trained: a Python function of yours, `package.module:name`, or a mapping"


@dataclass(frozen=True)
class FunctionSettings(ObjectiveSettings):
    """A Python function of the user's own."""

    path: Annotated[str, Key("`package.module:name`", _PATH, required=True)]
    vectorized: Annotated[bool, Key("call it once with arrays for many trials", Boolean())] = False
    name: ClassVar[str] = "function"
    keys: ClassVar[Mapping[str, Key]] = {"function": Key(_DOC, schema={"type": "string"})}
    sections: ClassVar[Mapping[str, type]]
    example: ClassVar[str] = f"{_EXAMPLE}        a Python function of yours"

    @classmethod
    def read(cls, root: Node, metric: str, folder: Path, mistakes: Mistakes, *, on_site: bool) -> Self | None:  # noqa: ARG003
        """The function, where it can be called with the parameters; see ObjectiveSettings."""
        node, before = root.value["function"], len(mistakes.found)
        path_node = node.get("path") if node.is_mapping else node
        if path_node is None:
            mistakes.at(node.place, "function: `path` is missing", "function: {path: train:objective}", code="C105")
            return None
        wrapped = node if node.is_mapping else Node({"path": node}, node.place, {"path": node.place})
        values, parameters = mistakes.section(wrapped, cls, "function"), root.get("parameters") or Node({}, root.place)
        if len(mistakes.found) == before and on_site:
            with mistakes.noted("function", path_node):
                _check(values["path"], list(parameters.keys), folder)
        return cls(values["path"], values["vectorized"]) if len(mistakes.found) == before else None

    def identity(self) -> Mapping[str, Any]:
        """Which function, and how it is called."""
        return {"function": given(self)}

    @property
    def pauses(self) -> bool:
        """Not where one call is for many trials."""
        return not self.vectorized

    def objective(
        self,
        metric: Metric,
        run: Path,
        beside: Path,
        timeout: float | None,  # noqa: ARG002
        network: str | None = None,  # noqa: ARG002
    ) -> Objective:
        """A call for each trial, or for many."""
        from hpsearch.objectives.function.running import FunctionObjective, VectorizedObjective

        kind = VectorizedObjective if self.vectorized else FunctionObjective
        return kind(self.path, metric, run, beside)


FunctionSettings.sections = {"function": FunctionSettings}


def _check(path: str, names: Collection[str], folder: Path) -> None:
    module, _, name = path.partition(":")
    file = _file_of(module, name, folder)
    if file.suffix != ".py":
        return  # compiled: only a call will tell
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError) as err:
        raise Invalid(f"{file} is no Python: {err}", code="C305") from err
    if missing := _missing_import(tree, folder):
        raise Invalid(
            f"{file} imports `{missing}`, which is not there", f"install it for {sys.executable}", code="C305"
        )
    found = _top_level(tree)
    if name not in found and not _is_open(tree):
        known = [key for key, value in found.items() if isinstance(value, ast.FunctionDef)]
        raise Invalid(f"there is no `{name}` in {file}", did_you_mean(name, known), code="C305")
    definition = found.get(name)
    if isinstance(definition, ast.AsyncFunctionDef):
        raise Invalid(f"`{name}` is asynchronous", "write `def`, not `async def`", code="C305")
    if isinstance(definition, ast.FunctionDef) and not definition.decorator_list:
        _check_arguments(name, definition.args, names)
    if isinstance(definition, ast.Assign) and [ast.unparse(target) for target in definition.targets] == [name]:
        if isinstance(definition.value, _NO_FUNCTIONS):
            raise Invalid(f"`{name}` is no function, but {ast.unparse(definition.value):.60}", _EXAMPLE, code="C305")
        if isinstance(definition.value, ast.Lambda):
            _check_arguments(name, definition.value.args, names)


def _file_of(module: str, name: str, folder: Path) -> Path:
    if file := module_file(module, folder):
        return file
    if module_file(bare := module.removesuffix(".py"), folder):
        raise Invalid(f"`{module}` is a file; a module has no `.py`", f"function: {bare}:{name}")
    hint = f"{module.replace('.', '/')}.py is looked for in {folder.resolve()} and in the current directory"
    raise Invalid(f"there is no module `{module}`", f"{hint}; {_EXAMPLE}")


def _missing_import(tree: ast.Module, folder: Path) -> str:
    """What a module imports at its beginning, whatever happens, and cannot; empty for nothing that is sure.

    A module that changes where modules are looked for, or imports one beside it, which may do that, is passed over.
    """
    if any(ast.unparse(node) in _SEARCHED for node in ast.walk(tree) if isinstance(node, ast.Attribute)):
        return ""
    for statement in tree.body:
        names = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
        if isinstance(statement, ast.ImportFrom):
            names = [statement.module or ""] if statement.level == 0 else [""]
        for name in (each.partition(".")[0] for each in names):
            if not name or (name not in sys.stdlib_module_names and is_beside(name, folder)):
                return ""
            if name not in sys.modules and find_spec(name) is None:
                return name
    return ""


def _top_level(tree: ast.Module) -> dict[str, ast.stmt]:
    """What a module defines, by name: functions, classes, assignments, imports, also inside `if` and `try`."""
    found: dict[str, ast.stmt] = {}
    todo = list(tree.body)
    while todo:
        statement = todo.pop(0)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[statement.name] = statement
            continue
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name.partition(".")[0]): statement for alias in statement.names}
        for child in ast.walk(statement):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                found[child.id] = statement
        todo += [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
    return found


def _is_open(tree: ast.Module) -> bool:
    """Whether the module may hold names that its text does not show."""
    stars = (alias.name == "*" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names)
    return any(stars) or "__getattr__" in _top_level(tree)


def _check_arguments(function: str, arguments: ast.arguments, names: Collection[str]) -> None:
    """The rule of `calling.arguments`, read off the text."""
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = positional[: len(positional) - len(arguments.defaults)]
    needed += [a for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None]
    by_place = [a.arg for a in arguments.posonlyargs]
    required = [a.arg for a in needed if a.arg in by_place or (a.arg not in names and a.arg not in FILLED)]
    clash = [name for name in by_place if name in names and (name in required or arguments.kwarg is None)]
    if clash:
        rule = f"`{function}` takes {show(clash[0])} by place alone, parameters are given by name"
        raise Invalid(rule, f"remove the `/` behind `{by_place[-1]}`", code="C305")
    taken = {a.arg for a in (*arguments.args, *arguments.kwonlyargs)}
    if len(required) == 1 and not taken & set(names):
        return  # one mapping
    unknown = [name for name in names if name not in taken]
    if unknown and arguments.kwarg is None:
        fix = f"it takes {', '.join(sorted(taken)) or 'nothing'}; give it an argument `{unknown[0]}`, or `**params`"
        raise Invalid(f"`{function}` has no argument {show(unknown[0])}, which is a parameter", fix, code="C305")
    if required:
        fix = f"add `{required[0]}` to the parameters, or give the argument a default"
        raise Invalid(f"`{function}` needs {show(required[0])}, which is no parameter", fix, code="C305")
