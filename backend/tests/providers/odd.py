"""Answers of unknown shapes: a true answer, changed by a recipe that Hypothesis draws."""

import copy
import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.providers.member import Answer, Asked, Call, Member, Refusal, Reply, calls_of

# No value of these is a plausible answer to anything: a lie of the right shape is another matter.
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**80), max_value=2**300)
    | st.floats(allow_nan=False)
    | st.sampled_from(
        ["", "0x", "0x0g", "-0x1", "0x" + "f" * 65, "0x" + "f" * 64, hex(2**63), "many", "0xé", "\x00", "1e3"]
    )
    | st.text(alphabet="xyz \ud7ff'\"\\<>{}\n", max_size=8)
)
GARBAGE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
# Of a place within the result.
CHANGES = ("replace", "remove", "null", "empty", "repeat", "lengthen", "shorten", "huge", "add")
# Of the answer around the result.
ENVELOPES = (
    "id",
    "no id",
    "no result",
    "error text",
    "error null",
    "error and result",
    "garbage",
    "list",
    "result only",
)


@dataclass(frozen=True)
class Recipe:
    """How to spoil an answer: where (choices of a member at each level), and how."""

    path: tuple[int, ...]
    change: str
    garbage: Any
    # Answers that stay true before, and those that are spoilt then.
    skipped: int
    times: int


def recipes(most_times: int = 6) -> st.SearchStrategy[Recipe]:
    return st.builds(
        Recipe,
        path=st.lists(st.integers(0, 40), max_size=4).map(tuple),
        change=st.sampled_from(CHANGES + ENVELOPES),
        garbage=GARBAGE,
        skipped=st.integers(0, 3),
        times=st.integers(1, most_times),
    )


class Odd(Member):
    """Spoils the answers to one method while it has a recipe."""

    method = ""
    recipe: Recipe | None = None
    # What was spoilt of late.
    seen = 0
    spoilt = 0

    # For methods that are asked in certain cases only.
    legacy = False
    refuses_hashes = False
    refuses_sends = False

    def begin(self, recipe: Recipe) -> None:
        self.seen, self.spoilt, self.recipe = 0, 0, recipe

    def asked(self, call: Call) -> Call:
        if self.refuses_hashes and call["method"] == "eth_call" and isinstance(call["params"][1], dict):
            raise Refusal(-32602, "invalid argument 1")
        return call

    def told(self, call: Call, result: Any) -> Any:
        if self.legacy and call["method"] == "eth_getBlockByNumber" and result:
            return {name: value for name, value in result.items() if name != "baseFeePerGas"}
        if self.refuses_sends and call["method"] == "eth_sendRawTransaction":
            raise Refusal(-32000, "already known")
        return result

    def reply(self, asked: Asked, answers: Answer | list[Answer]) -> Reply:
        given = answers if isinstance(answers, list) else [answers]
        odd = [self._spoilt(call, answer) for call, answer in zip(calls_of(asked), given, strict=True)]
        return Reply(body=json.dumps(odd if isinstance(asked, list) else odd[0]).encode())

    def _spoilt(self, call: Call, answer: Answer) -> Any:
        recipe = self.recipe
        if recipe is None or call["method"] != self.method:
            return answer
        self.seen += 1
        if not recipe.skipped < self.seen <= recipe.skipped + recipe.times:
            return answer
        self.spoilt += 1
        if recipe.change in ENVELOPES:
            return envelope(recipe, answer)
        if "result" not in answer:
            return answer
        return answer | {"result": changed(copy.deepcopy(answer["result"]), recipe)}


def changed(value: Any, recipe: Recipe) -> Any:
    """The value with one place in it changed."""
    holder: Any = None
    key: Any = None
    for choice in recipe.path:
        inner = value if holder is None else holder[key]
        if not isinstance(inner, dict | list) or not inner:
            break
        holder, key = inner, sorted(inner)[choice % len(inner)] if isinstance(inner, dict) else choice % len(inner)
    if holder is None:
        return _change(value, recipe, removable=False)
    if recipe.change == "remove":
        del holder[key]
    else:
        holder[key] = _change(holder[key], recipe, removable=True)
    return value


def _change(value: Any, recipe: Recipe, *, removable: bool) -> Any:
    match recipe.change:
        case "replace":
            return recipe.garbage
        case "remove":
            return None if removable else recipe.garbage
        case "null":
            return None
        case "empty":
            return type(value)() if isinstance(value, list | dict | str) else []
        case "repeat":
            return value + value if isinstance(value, list | str) else [value, value]
        case "lengthen":
            return value + "00" * 40 if isinstance(value, str) else [value, recipe.garbage]
        case "shorten":
            # A number that is cut off is another number.
            return value[:-2] if isinstance(value, str) and len(value) in (42, 66) else recipe.garbage
        case "huge":
            return "0x" + "f" * 64 if not isinstance(value, str) or len(value) < 42 else "0x" + "f" * 1001
        case _:
            if isinstance(value, dict):
                return value | {"odd": recipe.garbage}
            return [*value, recipe.garbage] if isinstance(value, list) else recipe.garbage


def envelope(recipe: Recipe, answer: Answer) -> Any:
    """The answer with another member around the result."""
    match recipe.change:
        case "id":
            return answer | {"id": recipe.garbage}
        case "no id":
            return {name: value for name, value in answer.items() if name != "id"}
        case "no result":
            return {"jsonrpc": "2.0", "id": answer["id"]}
        case "error text":
            return {"jsonrpc": "2.0", "id": answer["id"], "error": recipe.garbage or "no"}
        case "error null":
            return answer | {"error": None}
        case "error and result":
            return answer | {"error": {"code": recipe.garbage, "message": recipe.garbage, "data": recipe.garbage}}
        case "garbage":
            return recipe.garbage
        case "list":
            return [answer]
        case _:
            return answer.get("result")
