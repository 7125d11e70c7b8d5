"""What of a text can be seen, and what makes it look like another."""

import unicodedata

# Control, formatting (such as the marks that turn the direction of text), surrogates, private use, unassigned; line
# and paragraph separators.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Embeddings, overrides and isolates of direction: what follows them is not read in the order in which it stands.
DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters and signs that show nothing: combining grapheme joiner, fillers, vowels inherent, the blank of Braille.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_seen(character: str) -> bool:
    """Whether a character shows anything."""
    category = unicodedata.category(character)
    return not (category in UNSEEN or category == "Zs" or category.startswith("M") or character in BLANK)


def turns_direction(text: str) -> bool:
    """Whether a text has characters that make it be read in another order than it is written in."""
    return not DIRECTION.isdisjoint(text)
