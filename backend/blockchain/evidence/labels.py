"""The uploader's labels of a file: only for display, never used as paths and never trusted."""

import re
import unicodedata

from blockchain.common.text import UNSEEN

NAME_LENGTH = 255
UNKNOWN_TYPE = "application/octet-stream"
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")


def name_clean(name: str) -> str:
    """The last part of a name without invisible characters, at most 255 characters, with its ending. May be empty."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(character for character in last if unicodedata.category(character) not in UNSEEN).strip(" .")
    if len(seen) <= NAME_LENGTH:
        return seen
    stem, dot, ending = seen.rpartition(".")
    if not dot or len(ending) > 16:
        return seen[:NAME_LENGTH]
    return stem[: NAME_LENGTH - len(ending) - 1] + dot + ending


def media_type_clean(media_type: str) -> str:
    """A type and subtype without parameters; `application/octet-stream` if the text is not a media type."""
    bare = media_type.partition(";")[0].strip().lower()
    return bare if MEDIA_TYPE.fullmatch(bare) else UNKNOWN_TYPE
