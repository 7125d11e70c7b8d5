"""Mutants of the contract, made from its syntax trees: each differs from it in one place."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from tools.assurance.mutation.operators import BOUNDS, DELETABLE, MEMBERS, OPERATORS, REASONS, ROLES, next_of

Node = dict[str, Any]

MANY: Final = 16  # a loop over more ids than this could be another loop


@dataclass(frozen=True)
class Mutant:
    """One change: `old` at `start` (a byte of the file) becomes `new`."""

    file: str
    kind: str
    function: str
    line: int
    start: int
    old: str
    new: str
    number: int = 1  # among those of the function that read the same

    @property
    def title(self) -> str:
        """What is changed, and how."""
        return f"{self.function}: {self.kind}: {_one_line(self.old)} -> {_one_line(self.new)}"

    @property
    def key(self) -> str:
        """Names it across edits elsewhere in the file."""
        return self.title if self.number == 1 else f"{self.title} [{self.number}]"

    @property
    def identity(self) -> str:
        """Of a mutant in this version of the contract."""
        return f"{self.file}:{self.line}:{self.start} {self.title}"

    def apply(self, source: bytes) -> bytes:
        """The mutated source."""
        end = self.start + len(self.old.encode())
        return source[: self.start] + self.new.encode() + source[end:]


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def generate(file: str, ast: Node, source: bytes) -> list[Mutant]:
    """All mutants of the file, in the order of the source, none twice."""
    maker = _Maker(file, source)
    for member in _members(ast):
        maker.function = member["name"] or member.get("kind", "")
        maker.results = member.get("returnParameters", {}).get("parameters", [])
        maker.locals = _locals(member)
        maker.visit(member)
    unique = {(mutant.start, mutant.old, mutant.new): mutant for mutant in maker.mutants}
    seen: Counter[str] = Counter()
    numbered = []
    for mutant in sorted(unique.values(), key=lambda mutant: (mutant.start, mutant.old, mutant.new)):
        seen[mutant.title] += 1
        numbered.append(replace(mutant, number=seen[mutant.title]))
    return numbered


def _members(ast: Node) -> Iterator[Node]:
    """Functions and variables, of contracts and of the file itself."""
    for node in ast["nodes"]:
        for member in node["nodes"] if node["nodeType"] == "ContractDefinition" else [node]:
            if member["nodeType"] in ("FunctionDefinition", "VariableDeclaration"):
                yield member


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
    """Visits one function after the other and collects its mutants: `_<type of node>` says how."""

    def __init__(self, file: str, source: bytes) -> None:
        self.file = file
        self.source = source
        self.mutants: list[Mutant] = []
        self.function = ""
        self.results: list[Node] = []
        self.locals: dict[str, list[str]] = {}

    def visit(self, member: Node) -> None:
        """All mutants of one member."""
        for node in walk(member):
            handler = getattr(self, f"_{node['nodeType']}", None)
            if handler:
                handler(node)
            if node["nodeType"] in DELETABLE:
                self._add("deleted statement", node, "{}", with_semicolon=True)

    def _text(self, node: Node) -> str:
        start, length, _ = map(int, node["src"].split(":"))
        return self.source[start : start + length].decode()

    def _add(self, kind: str, node: Node, new: str, *, with_semicolon: bool = False) -> None:
        start, _, _ = map(int, node["src"].split(":"))
        old = self._text(node)
        if with_semicolon and self.source[start + len(old.encode()) :].startswith(b";"):
            old += ";"
        if new != old:
            line = self.source[:start].count(b"\n") + 1
            self.mutants.append(Mutant(self.file, kind, self.function, line, start, old, new))

    def _BinaryOperation(self, node: Node) -> None:
        left, right = self._text(node["leftExpression"]), self._text(node["rightExpression"])
        for operator in OPERATORS.get(node["operator"], ()):
            self._add("operator", node, f"{left} {operator} {right}")

    def _ForStatement(self, node: Node) -> None:
        """The last one is left out; or it is, of many. (The first one: see `_Literal`.)"""
        count = self._text(node["condition"]["rightExpression"])
        self._add("loop", node["condition"], f"i + 1 < {count}")
        self._add("loop", node["condition"], f"i < ({count} > {MANY} ? {count} - 1 : {count})")

    def _Continue(self, node: Node) -> None:
        self._add("loop", node, "break")

    def _WhileStatement(self, node: Node) -> None:
        self._add("loop", node, self._text(node).replace("while", "if", 1))

    def _Block(self, node: Node) -> None:
        """Neighbouring checks change places; declarations may stand between them."""
        checks: list[Node] = []
        for statement in node["statements"]:
            if _is_check(statement):
                if checks and not self._excludes(checks[-1], statement):
                    self._swap(checks[-1], statement)
                checks.append(statement)
            elif statement["nodeType"] != "VariableDeclarationStatement":
                checks.clear()

    def _excludes(self, first: Node, second: Node) -> bool:
        """Whether both compare the same value with a constant: then their order makes no difference."""
        if first["nodeType"] != "IfStatement" or second["nodeType"] != "IfStatement":
            return False
        texts = [self._text(check["condition"]).split(" == ") for check in (first, second)]
        return all(len(parts) == 2 for parts in texts) and texts[0][0] == texts[1][0]

    def _swap(self, first: Node, second: Node) -> None:
        one, two = self._statement(first), self._statement(second)
        start, _, _ = map(int, first["src"].split(":"))
        begin, _, _ = map(int, second["src"].split(":"))
        end = begin + len(two.encode())
        between = self.source[start + len(one.encode()) : begin].decode()
        self._add("order of checks", {"src": f"{start}:{end - start}:0"}, f"{between.strip()} {two} {one}".strip())

    def _statement(self, node: Node) -> str:
        text = self._text(node)
        return text if text.endswith(("}", ";")) else text + ";"

    def _IfStatement(self, node: Node) -> None:
        for value in ("true", "false"):
            self._add("condition", node["condition"], value)

    def _Conditional(self, node: Node) -> None:
        condition = self._text(node["condition"])
        yes, no = self._text(node["trueExpression"]), self._text(node["falseExpression"])
        self._add("branches", node, f"{condition} ? {no} : {yes}")

    def _UnaryOperation(self, node: Node) -> None:
        inner = self._text(node["subExpression"])
        if node["operator"] in ("!", "~"):
            self._add("negation", node, inner)
        elif node["operator"] == "++" and inner != "i":  # a loop without its step never ends
            self._add("step", node, f"--{inner}")

    def _Return(self, node: Node) -> None:
        expression = node.get("expression")
        if expression and expression["typeDescriptions"]["typeString"] == "bool":
            for value in ("true", "false"):
                self._add("result", expression, value)
        if expression and self._text(expression).endswith(".selector"):
            refusal = f"_refuse({self._text(expression)}, complaintId, eventType, data, nonce_)"
            self._add("reverted instead of skipped", node, f"{refusal};", with_semicolon=True)

    def _RevertStatement(self, node: Node) -> None:
        values = ", ".join(result["name"] or "0" for result in self.results)
        self._add("skipped instead of reverted", node, f"return {values};".replace(" ;", ";"), with_semicolon=True)

    def _EmitStatement(self, node: Node) -> None:
        if self._text(node).startswith("emit EntrySkipped("):
            refusal = "_refuse(refusal, complaintId, eventType, entry.data, entry.nonce)"
            self._add("reverted instead of skipped", node, f"{refusal};", with_semicolon=True)

    def _Literal(self, node: Node) -> None:
        if node["kind"] == "number":
            number, *unit = self._text(node).split()
            for value in {int(number) + 1, abs(int(number) - 1)}:
                self._add("number", node, " ".join([str(value), *unit]))
        elif node["kind"] == "string":
            self._add("text", node, self._text(node)[:-1] + 'x"')

    def _MemberAccess(self, node: Node) -> None:
        text = self._text(node)
        for enum, members in MEMBERS.items():
            if re.fullmatch(rf"(\w+\.)?{enum}\.\w+", text):
                self._add("enum", node, text.removesuffix(node["memberName"]) + next_of(node["memberName"], members))
        if text == "msg.sender":
            self._add("sender", node, "tx.origin")
        if text.startswith("type(uint") and text.endswith(".max"):
            self._add("constant", node, f"({text} - 1)")
        if text.endswith(".selector") and text.removesuffix(".selector") in REASONS:
            self._add("reason", node, next_of(text.removesuffix(".selector"), REASONS) + ".selector")

    def _ModifierInvocation(self, node: Node) -> None:
        if node.get("kind") == "modifierInvocation":
            self._add("modifier", node, "")

    def _Identifier(self, node: Node) -> None:
        name = node["name"]
        if name in ROLES:
            for other in set(ROLES) - {name}:
                self._add("role", node, other)
        if name in BOUNDS:
            self._add("constant", node, f"({name} - 1)")
            self._add("constant", node, f"({name} + 1)")

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
                    self._add("argument", argument, next_of(argument["name"], tuple(peers)))
        called = self._text(node["expression"])
        if called == "_msgSender":
            self._add("sender", node, "tx.origin")
        elif called.endswith(".isValidSignatureNowCalldata"):
            self._signature(node)
        elif node.get("kind") == "typeConversion" and (width := re.fullmatch(r"uint(\d+)", called)):
            bits = int(width[1])
            given = re.fullmatch(r"uint(\d+)|enum .*", node["arguments"][0]["typeDescriptions"]["typeString"])
            if bits > 8 and not (given and int(given[1] or 8) <= bits - 8):
                self._add("cast", node, f"{called}(uint{bits - 8}({self._text(node['arguments'][0])}))")

    def _signature(self, node: Node) -> None:
        """The key of an account with code is asked too; or only keys are."""
        signer, digest, signature = (self._text(argument) for argument in node["arguments"])
        parts = f"uint8({signature}[64]), bytes32({signature}[:32]), bytes32({signature}[32:64])"
        by_key = f"ecrecover({digest}, {parts}) == {signer}"
        self._add("signature", node, f"({self._text(node)} || {by_key})")
        self._add("signature", node, f"({by_key})")


def _is_check(node: Node) -> bool:
    """Whether a statement refuses, if a condition holds, and does nothing else."""
    if node["nodeType"] == "ExpressionStatement":
        call = node["expression"]
        return _calls(call, "_check")
    if node["nodeType"] != "IfStatement" or node.get("falseBody"):
        return False
    body = node["trueBody"]
    (last, *others) = body["statements"] if body["nodeType"] == "Block" else [body]
    is_refusal = last["nodeType"] == "ExpressionStatement" and _calls(last["expression"], "_refuse", "_check")
    is_reason = last["nodeType"] == "Return" and (last["expression"] or {}).get("memberName") == "selector"
    return not others and bool(is_reason or last["nodeType"] == "RevertStatement" or is_refusal)


def _calls(expression: Node, *names: str) -> bool:
    return expression["nodeType"] == "FunctionCall" and str(expression["expression"].get("name", "")).startswith(names)
