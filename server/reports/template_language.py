"""What a Word template may say. It is a form to be filled in, not a program: fields, conditions and repetitions only.

A template comes from people, and Jinja's sandbox alone still lets one fill the memory or loop for ever. So every node
that is not needed for a form is refused, and so are attributes of anything but the words that a report gives.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.For,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
    nodes.Test,
)
_FILTERS = ("upper", "lower", "capitalize", "trim", "length", "first", "last", "default", "join")
_TESTS = ("defined", "undefined", "none", "odd", "even", "first", "last")
# Rows within the tables: a third repetition inside would write a report's rows by the million.
_DEEPEST = 2


class Forbidden(Exception):
    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what, self.line = what, line


class FormEnvironment(ImmutableSandboxedEnvironment):
    """Unknown fields are errors; what is put in is escaped. `source` is the part that was compiled last."""

    source = ""

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=True)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.tests = {name: self.tests[name] for name in _TESTS if name in self.tests}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return isinstance(obj, LoopContext) and super().is_safe_attribute(obj, attr, value)

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 - the sandbox's signature
        return False

    def compile(self, source: Any, *given: Any, **named: Any) -> CodeType:  # type: ignore[override]
        self.source = source
        _inspect(self.parse(source), deep=0)
        compiled: CodeType = super().compile(source, *given, **named)
        return compiled


def _inspect(node: nodes.Node, *, deep: int) -> None:
    if not isinstance(node, _ALLOWED):
        raise Forbidden(type(node).__name__.lower(), node.lineno)
    if isinstance(node, nodes.For):
        deep += 1
        if node.recursive or deep > _DEEPEST:
            raise Forbidden("for", node.lineno)
    if isinstance(node, nodes.Name) and node.name == "self":
        raise Forbidden(node.name, node.lineno)
    for each in node.iter_child_nodes():
        _inspect(each, deep=deep)


class Picture:
    """Stands in the text where a template names it; only `draw` knows how, and a template can't reach it."""

    __slots__ = ("__draw",)

    def __init__(self, draw: Callable[[], str]) -> None:
        self.__draw = draw

    def __html__(self) -> str:
        return self.__draw()
