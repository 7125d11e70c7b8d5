"""Finds characters that show nothing, or that make a text look like another one."""

import unicodedata

# Control, formatting (such as marks that change the direction of text), surrogates, private use, unassigned; line and
# paragraph separators.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Embeddings, overrides and isolates of direction: the characters after them are not shown in their order.
DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters and signs that show nothing: combining grapheme joiner, fillers, inherent vowels, blank Braille pattern.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_seen(character: str) -> bool:
    """Whether a character is visible."""
    category = unicodedata.category(character)
    return not (category in UNSEEN or category == "Zs" or category.startswith("M") or character in BLANK)


def turns_direction(text: str) -> bool:
    """Whether a text has characters that change the order in which it is shown."""
    return not DIRECTION.isdisjoint(text)
