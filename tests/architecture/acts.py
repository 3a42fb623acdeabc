"""The codes of all acts that the source writes to the audit log, read off the source itself.

An act is the first text given to ``quiz.audit.services.record``, or to any function that hands a parameter of its own on
to it. A code that is put together must be of constants, of a parameter that is a ``Literal``, or of one of MADE below.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from quiz.accounts.publication.services import VERBS
from quiz.appeals.rules import StepKind
from quiz.contests.teams.services import ACTS

ROOT = Path(__file__).resolve().parents[2]
#: Expressions inside of codes → what they can be.
MADE: Mapping[str, tuple[str, ...]] = {
    "VERBS[state]": tuple(VERBS.values()),
    "ACTS[kind]": tuple(ACTS.values()),
    "kind.value": tuple(kind.value for kind in StepKind),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Recorder:
    """A function that writes to the log, and where among its arguments the code stands."""

    name: str
    place: int
    parameter: str


RECORD = Recorder("record", 1, "action")


@lru_cache
def acts() -> dict[str, str]:
    """Every code → where it is written; "?" and the expression where it cannot be read."""
    found: dict[str, str] = {}
    recorders = _recorders_of_all()
    for path, tree in _modules():
        known = recorders | _recorders(tree, recorders)
        for call, function in _calls(tree):
            for code in _codes(call, function, known):
                found.setdefault(code, f"{path}:{call.lineno}")
    return found


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "quiz").rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def _recorders_of_all() -> dict[str, Recorder]:
    """``record`` and the public functions that hand a code on to it, under every name by which a module imports them."""
    known = {"record": RECORD}
    known |= _recorders(ast.parse((ROOT / "quiz/contests/noting.py").read_text()), known)
    return known | {"write_down": known["note"]}


def _recorders(tree: ast.Module, known: Mapping[str, Recorder]) -> dict[str, Recorder]:
    found: dict[str, Recorder] = {}
    for call, function in _calls(tree):
        code = _given(call, known)
        names = [one.arg for one in function.args.args] if function else []
        if function is not None and isinstance(code, ast.Name) and code.id in names:
            found[function.name] = Recorder(function.name, names.index(code.id), code.id)
    return found


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, Function | None]]:
    def walk(node: ast.AST, function: Function | None) -> Iterator[tuple[ast.Call, Function | None]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, Function) else function
            if isinstance(child, ast.Call):
                yield child, function
            yield from walk(child, inner)

    yield from walk(tree, None)


def _given(call: ast.Call, known: Mapping[str, Recorder]) -> ast.expr | None:
    """What a call to a recorder gives as the code; None for any other call."""
    if not isinstance(call.func, ast.Name) or call.func.id not in known:
        return None
    recorder = known[call.func.id]
    named = [one.value for one in call.keywords if one.arg == recorder.parameter]
    if named:
        return named[0]
    return call.args[recorder.place] if len(call.args) > recorder.place else None


def _codes(call: ast.Call, function: Function | None, known: Mapping[str, Recorder]) -> list[str]:
    code = _given(call, known)
    if code is None:
        return []
    own = known.get(function.name) if function is not None else None
    if own is not None and isinstance(code, ast.Name) and code.id == own.parameter:
        return []  # handed on: whoever calls this function says which
    return _texts(code, function) or [f"? {ast.unparse(code)}"]


def _texts(code: ast.expr, function: Function | None) -> list[str]:
    """All that an expression can be; nothing where that cannot be read."""
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        return [code.value]
    if isinstance(code, ast.IfExp):
        sides = _texts(code.body, function), _texts(code.orelse, function)
        return [*sides[0], *sides[1]] if all(sides) else []
    if isinstance(code, ast.JoinedStr):
        found = [""]
        for part in code.values:
            ends = _texts(part.value if isinstance(part, ast.FormattedValue) else part, function)
            found = [begin + end for begin in found for end in ends]
        return found
    if ast.unparse(code) in MADE:
        return list(MADE[ast.unparse(code)])
    return _named(code.id, function) if isinstance(code, ast.Name) and function is not None else []


def _named(name: str, function: Function) -> list[str]:
    """A local variable by its assignment, or a parameter by its ``Literal``."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
            return _texts(node.value, function)
    for one in (*function.args.args, *function.args.kwonlyargs):
        if one.arg == name and isinstance(one.annotation, ast.Subscript) and "Literal" in ast.unparse(one.annotation):
            return [ast.literal_eval(part) for part in _parts(one.annotation.slice)]
    return []


def _parts(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]
