"""Mutants of the contract, made from its syntax tree: each differs from it in one place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

Node = dict[str, Any]

OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "&&": ("||",),
    "||": ("&&",),
    "+": ("-",),
    "-": ("+",),
}
ROLES: Final = {"RECORDER_ROLE": "SLA_MANAGER_ROLE", "SLA_MANAGER_ROLE": "RECORDER_ROLE"}
DELETABLE: Final = frozenset({"ExpressionStatement", "EmitStatement", "RevertStatement"})


@dataclass(frozen=True)
class Mutant:
    """One change: `old` at `start` (a byte of the source) becomes `new`."""

    kind: str
    function: str
    line: int
    start: int
    old: str
    new: str

    @property
    def key(self) -> str:
        """Names it across edits elsewhere in the file."""
        return f"{self.function}: {self.kind}: {_one_line(self.old)} -> {_one_line(self.new)}"

    def apply(self, source: bytes) -> bytes:
        """The mutated source."""
        end = self.start + len(self.old.encode())
        return source[: self.start] + self.new.encode() + source[end:]


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def generate(ast: Node, source: bytes) -> list[Mutant]:
    """All mutants of the file, in the order of the source, none twice."""
    maker = _Maker(source)
    (contract,) = (node for node in ast["nodes"] if node["nodeType"] == "ContractDefinition")
    for member in contract["nodes"]:
        if member["nodeType"] in ("FunctionDefinition", "VariableDeclaration"):
            name = member["name"] or member.get("kind", "")
            maker.function = name
            maker.locals = _locals(member)
            maker.visit(member)
    unique = {(mutant.start, mutant.old, mutant.new): mutant for mutant in maker.mutants}
    return sorted(unique.values(), key=lambda mutant: (mutant.start, mutant.old, mutant.new))


def _locals(function: Node) -> dict[str, list[str]]:
    """Names of parameters and local variables by type."""
    names: dict[str, list[str]] = {}
    for node in walk(function):
        if node["nodeType"] == "VariableDeclaration" and not node.get("stateVariable"):
            names.setdefault(node["typeDescriptions"]["typeString"], []).append(node["name"])
    return names


def walk(node: Any) -> Iterator[Node]:
    """All nodes of a tree, parents first."""
    if isinstance(node, dict):
        if "nodeType" in node:
            yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for item in node:
            yield from walk(item)


class _Maker:
    """Visits one function after the other and collects its mutants."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.mutants: list[Mutant] = []
        self.function = ""
        self.locals: dict[str, list[str]] = {}

    def visit(self, member: Node) -> None:
        """All mutants of one member of the contract."""
        for node in walk(member):
            handler = getattr(self, f"_{node['nodeType']}", None)
            if handler:
                handler(node)
            if node["nodeType"] in DELETABLE:
                self._add("deleted statement", node, "")

    def _text(self, node: Node) -> str:
        start, length, _ = map(int, node["src"].split(":"))
        return self.source[start : start + length].decode()

    def _add(self, kind: str, node: Node, new: str) -> None:
        start, _, _ = map(int, node["src"].split(":"))
        old = self._text(node)
        if kind == "deleted statement":
            old += ";" if self.source[start + len(old.encode()) :].startswith(b";") else ""
            new = "{}"
        if new != old:
            line = self.source[:start].count(b"\n") + 1
            self.mutants.append(Mutant(kind, self.function, line, start, old, new))

    def _BinaryOperation(self, node: Node) -> None:
        left, right = self._text(node["leftExpression"]), self._text(node["rightExpression"])
        for operator in OPERATORS.get(node["operator"], ()):
            self._add("operator", node, f"{left} {operator} {right}")

    def _IfStatement(self, node: Node) -> None:
        for value in ("true", "false"):
            self._add("condition", node["condition"], value)

    def _Conditional(self, node: Node) -> None:
        condition = self._text(node["condition"])
        yes, no = self._text(node["trueExpression"]), self._text(node["falseExpression"])
        self._add("branches", node, f"{condition} ? {no} : {yes}")

    def _UnaryOperation(self, node: Node) -> None:
        inner = self._text(node["subExpression"])
        if node["operator"] == "!":
            self._add("negation", node, inner)
        elif node["operator"] == "++" and inner != "i":  # a loop without its step never ends
            self._add("step", node, f"--{inner}")

    def _Return(self, node: Node) -> None:
        expression = node.get("expression")
        if expression and expression["typeDescriptions"]["typeString"] == "bool":
            for value in ("true", "false"):
                self._add("result", expression, value)

    def _Literal(self, node: Node) -> None:
        if node["kind"] == "number":
            number, *unit = self._text(node).split()
            for value in {int(number) + 1, abs(int(number) - 1)}:
                self._add("number", node, " ".join([str(value), *unit]))
        elif node["kind"] == "string":
            self._add("text", node, self._text(node)[:-1] + 'x"')

    def _MemberAccess(self, node: Node) -> None:
        text = self._text(node)
        for enum, members in ENUMS.items():
            if text.startswith(f"{enum}."):
                index = members.index(node["memberName"])
                self._add("enum", node, f"{enum}.{members[(index + 1) % len(members)]}")

    def _ModifierInvocation(self, node: Node) -> None:
        if node.get("kind") == "modifierInvocation":
            self._add("modifier", node, "")

    def _Identifier(self, node: Node) -> None:
        name = node["name"]
        if name in ROLES:
            self._add("role", node, ROLES[name])

    def _Assignment(self, node: Node) -> None:
        kind = node["rightHandSide"]["typeDescriptions"]["typeString"]
        if kind.startswith("uint"):
            self._add("assigned zero", node["rightHandSide"], "0")

    def _FunctionCall(self, node: Node) -> None:
        """Each argument that is a local variable becomes the next one of its type."""
        for argument in node["arguments"]:
            if argument["nodeType"] == "Identifier":
                peers = self.locals.get(argument["typeDescriptions"]["typeString"], [])
                if argument["name"] in peers and len(peers) > 1:
                    self._add("argument", argument, peers[(peers.index(argument["name"]) + 1) % len(peers)])


ENUMS: Final = {
    "Status": ("NONE", "OPEN", "ON_HOLD", "RESOLVED", "CLOSED"),
    "EventType": (
        *("CREATED", "ASSIGNED", "STATUS_UPDATED", "COMMENTED", "RESOLVED", "REJECTED", "CLOSED", "REOPENED"),
        *("EVIDENCE_ANCHORED", "SLA_DEADLINE_SET", "SLA_PAUSED", "SLA_RESUMED", "ESCALATED"),
    ),
}
