"""Cases of section 4 about signed notes, and the policies that say whose count."""

import base64
import hashlib
from collections.abc import Callable, Iterator

import receipt as r
from tests.corpus.case import Case, Json
from tests.corpus.notes import note, sign, vkey
from tests.corpus.story import LATER, OWN, Story, basic, case


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from _policies()
    yield from _notes()


def _noted(policy: str, text: str | None = None, *names: str) -> tuple[Story, Json]:
    """A story with one note, and the trust in a policy."""
    story = basic().prove(LATER)
    block = {"number": story.last.number, "block": r.hex0x(story.last.hash), "time": LATER}
    text = note(*(names or ("press", "court")), chain_id=OWN.chain_id, **block) if text is None else text
    story.headers.append({"block": block["block"], "type": "signed", "note": text})
    return story, {"policy": policy}


def _vkey(name: str, key: bytes, *, hashed: bytes | None = None) -> str:
    """A verifier key of any form; `key` begins with its type."""
    id_ = hashlib.sha256(name.encode() + b"\n" + (hashed or key)).digest()[:4].hex()
    return f"{name}+{id_}+{base64.b64encode(key).decode()}"


def _policies() -> Iterator[Case]:
    press, court, university = (f"witness {name} {vkey(name)}" for name in ("press", "court", "university"))
    both = f"{press}\n{court}\n"
    two = f"{both}group two 2 press court\nquorum two\n"
    _, number, raw = vkey("press").split("+")
    key = base64.b64decode(raw)
    other_type, disguised = _vkey("press", b"\4" + key[1:]), _vkey("press", b"\4" + key[1:], hashed=key)
    short, nameless = _vkey("press", key[:-1]), _vkey("", key)
    for name, why, policy in (
        ("of_one_witness", "A quorum may be a witness.", f"{press}\nquorum press\n"),
        (
            "of_groups",
            "Groups of groups, any and all.",
            f"{both}{university}\ngroup a any press university\ngroup b all court\ngroup c all a b\nquorum c\n",
        ),
        ("with_spaces", "Parts are separated by spaces and tabs.", f" \t# a comment\n\n{press}\n\tquorum \t press \n"),
        ("with_carriage_returns", "Lines as Notepad ends them.", two.replace("\n", "\r\n")),
        ("without_last_line_feed", "The last line may end with the file.", two[:-1]),
        ("with_a_log_of_two_words", "A log counts for nothing.", f"log nonsense\n{two}"),
        ("with_a_log", "A log counts for nothing, whatever its key is.", f"log nonsense https://x.example\n{two}"),
        ("with_a_url", "A witness may have a URL.", f"{press} https://press.example\nquorum press\n"),
        (
            "with_other_names",
            "`by` has the names of the policy, not those of the keys.",
            f"witness a {vkey('court')}\nquorum a\n",
        ),
    ):
        story, trust = _noted(policy)
        yield case(f"policy_{name}_proved", why, story, "header:signed", trust=trust)
    for name, why, policy in (
        (
            "of_one_key_twice",
            "One key is not two witnesses.",
            f"{press}\nwitness again {vkey('press')}\ngroup g any press again\nquorum g\n",
        ),
        (
            "with_a_member_of_two_groups",
            "Nobody counts in two ways.",
            f"{both}group g any press court\ngroup h all g press\nquorum h\n",
        ),
        ("with_a_member_twice", "Nobody counts twice.", f"{press}\ngroup g 2 press press\nquorum g\n"),
        (
            "with_an_unknown_member",
            "Members come before their group.",
            f"{press}\ngroup g any press court\n{court}\nquorum g\n",
        ),
        ("with_its_quorum_first", "The quorum comes after what it names.", f"quorum press\n{press}\n"),
        ("with_two_quorums", "There is one quorum.", f"{both}quorum press\nquorum court\n"),
        ("without_a_quorum", "There is one quorum.", both),
        ("of_none", "A quorum of nobody trusts nothing.", f"{press}\nquorum none\n"),
        (
            "with_a_name_twice",
            "A name is one witness's or group's.",
            f"{press}\nwitness press {vkey('court')}\nquorum press\n",
        ),
        (
            "with_a_group_of_a_witness_name",
            "A name is one witness's or group's.",
            f"{press}\ngroup press any press\nquorum press\n",
        ),
        ("with_the_name_none", "Nobody is called none.", f"witness none {vkey('press')}\n{court}\nquorum court\n"),
        ("of_0", "At least one.", f"{both}group g 0 press court\nquorum g\n"),
        ("of_3_of_2", "At most all.", f"{both}group g 3 press court\nquorum g\n"),
        ("of_01", "Numbers have no leading zeros.", f"{both}group g 01 press court\nquorum g\n"),
        ("of_an_empty_group", "A group has members.", f"{press}\ngroup g any\nquorum press\n"),
        ("with_an_unknown_line", "There is no such line.", f"{two}moon\n"),
        ("with_a_long_line", "A witness has a name, a key and a URL.", f"{press} https://a.example b\nquorum press\n"),
        (
            "with_another_key_id",
            "The key's id is not that of the key.",
            f"witness press press+00000000+{raw}\nquorum press\n",
        ),
        (
            "with_a_cosignature_key",
            "A key of another type does not parse.",
            f"{court}\nwitness press {other_type}\nquorum court\n",
        ),
        ("with_a_key_of_another_type", "The type is 1.", f"{court}\nwitness press {disguised}\nquorum court\n"),
        ("with_a_short_key", "A key has 32 bytes.", f"{court}\nwitness press {short}\nquorum court\n"),
        ("with_a_key_without_a_name", "A key has a name.", f"{court}\nwitness press {nameless}\nquorum court\n"),
        ("with_a_key_that_is_none", "Base64.", f"{court}\nwitness press press+{number}+?\nquorum court\n"),
        ("with_a_group_twice", "A name is one.", f"{both}group g any press\ngroup g any court\nquorum g\n"),
        ("with_a_group_of_nothing", "A group has members.", f"{press}\ngroup g\nquorum press\n"),
        ("with_an_unknown_long_line", "There is no such line.", f"{both}moon g any press\nquorum court\n"),
        ("with_an_unknown_short_line", "There is no such line.", f"{press}\nmoon press\n"),
        ("with_a_long_quorum", "There is one quorum.", f"{both}quorum press court\n"),
        ("with_a_log_of_one_word", "There is no such line.", f"log\n{two}"),
        ("with_a_log_of_four_words", "There is no such line.", f"log a b c\n{two}"),
        ("that_is_empty", "An empty policy trusts nothing.", ""),
    ):
        story, trust = _noted(policy)
        yield case(f"policy_{name}_unknown", why, story, "header:not-trusted", trust=trust)


def _notes() -> Iterator[Case]:
    story, _ = _noted("")
    one, two = (
        f"witness press {vkey('press')}\nquorum press\n",
        f"witness press {vkey('press')}\nwitness court {vkey('court')}\ngroup g 2 press court\nquorum g\n",
    )
    lines = ["complaint-registry/headers/v1", "31337", str(story.last.number), r.hex0x(story.last.hash), str(LATER)]
    text = "".join(f"{line}\n" for line in lines)
    good, wrong = sign("press", text), sign("press", text + "x")

    def spoilt(**other: str) -> str:
        """The text with other lines, signed."""
        made = "".join(f"{other.get(f'line{i}', line)}\n" for i, line in enumerate(lines, 1))
        return f"{made}\n{sign('press', made)}"

    stranger = sign("stranger", text)
    # A key that is no point: 2 is no y of the curve.
    number = b"\2" + bytes(31)
    nobody = _vkey("press", b"\1" + number)
    id_ = bytes.fromhex(nobody.split("+")[1])
    by_nobody = f"— press {base64.b64encode(id_ + bytes(64)).decode()}\n"
    for name, why, policy, signed in (
        ("signed_twice_by_one_unknown", "One witness is one, however often it signs.", two, f"{text}\n{good}{good}"),
        (
            "signed_by_a_stranger_too_proved",
            "Signatures by unknown keys are ignored.",
            one,
            f"{text}\n{stranger}{good}",
        ),
        (
            "signed_by_another_key_of_the_name_proved",
            "So is one with the name and another id.",
            one,
            f"{text}\n{_renamed(stranger)}{good}",
        ),
        (
            "signed_and_wrongly_signed_unknown",
            "A wrong signature of a known key makes the note worthless.",
            one,
            f"{text}\n{good}{wrong}",
        ),
        (
            "signed_at_another_time_proved",
            "The time is the witnesses' word, and nothing else depends on it.",
            one,
            spoilt(line5="1"),
        ),
        (
            "note_of_another_form_unknown",
            "The first line is another.",
            one,
            spoilt(line1="complaint-registry/headers/v2"),
        ),
        ("note_with_a_chain_of_01_unknown", "Numbers have no leading zeros.", one, spoilt(line2="031337")),
        ("note_of_another_number_unknown", "The number is another.", one, spoilt(line3="101")),
        ("note_of_another_hash_unknown", "The hash is another.", one, spoilt(line4="0x" + "12" * 32)),
        (
            "note_with_a_hash_in_upper_case_unknown",
            "Digits are lower-case.",
            one,
            spoilt(line4=lines[3].upper().replace("0X", "0x")),
        ),
        ("note_with_a_time_of_01_unknown", "Numbers have no leading zeros.", one, spoilt(line5="01")),
        ("note_with_a_time_before_1970_unknown", "Numbers have no sign.", one, spoilt(line5="-1")),
        ("note_of_six_lines_unknown", "The text has five lines.", one, spoilt(line5=f"{LATER}\nmore")),
        (
            "note_of_four_lines_unknown",
            "The text has five lines.",
            one,
            spoilt(line4=lines[3], line5="").replace("\n\n\n", "\n\n"),
        ),
        (
            "note_with_carriage_returns_unknown",
            "A note is bytes that were signed.",
            one,
            f"{text}\n{good}".replace("\n", "\r\n"),
        ),
        ("note_without_last_line_feed_unknown", "A signature's line ends.", one, f"{text}\n{good}"[:-1]),
        ("note_with_another_last_character_unknown", "A signature's line ends.", one, f"{text}\n{good[:-1]} "),
        ("note_with_the_shortest_signature_proved", "Its key is unknown.", one, f"{text}\n{good}— a AAAAAAA=\n"),
        ("note_without_signatures_unknown", "Nobody signed.", one, f"{text}\n"),
        ("note_without_an_empty_line_unknown", "An empty line comes before the signatures.", one, text + good),
        (
            "note_with_a_line_that_is_none_unknown",
            "A note of which one line does not parse is worth nothing.",
            one,
            f"{text}\n{good}moon\n",
        ),
        ("note_with_a_hyphen_unknown", "The dash is an em dash.", one, f"{text}\n{good.replace('—', '-')}"),
        (
            "note_with_a_short_signature_unknown",
            "A signature's line has an id and a signature.",
            one,
            f"{text}\n{good}— a AAAAAA==\n",
        ),
        ("note_with_other_base64_unknown", "Base64 is canonical.", one, f"{text}\n{good}— a AAAAAAB=\n"),
        ("note_signed_with_a_great_s_unknown", "s is below the group's order.", one, f"{text}\n{_with_great_s(good)}"),
        (
            "note_signed_with_a_byte_more_unknown",
            "64 bytes.",
            one,
            text + "\n" + _resigned(good, lambda raw: raw + bytes(1)),
        ),
        ("note_signed_with_a_byte_less_unknown", "64 bytes.", one, f"{text}\n{_resigned(good, lambda raw: raw[:-1])}"),
        (
            "note_signed_with_no_point_unknown",
            "Half of all numbers are no point's.",
            one,
            text + "\n" + _resigned(good, lambda raw: number + raw[32:]),
        ),
        (
            "note_signed_with_a_great_point_unknown",
            "A point has one encoding.",
            one,
            text + "\n" + _resigned(good, lambda raw: b"\xff" * 32 + raw[32:]),
        ),
        (
            "note_signed_by_no_point_unknown",
            "No key is that number.",
            f"witness press {nobody}\nquorum press\n",
            f"{text}\n{by_nobody}",
        ),
    ):
        story, trust = _noted(policy, signed)
        says = "header:signed" if name.endswith("proved") else "header:not-trusted"
        yield case(name, why, story, says, trust=trust)
    story, trust = _noted(one, f"{text}\n{wrong}")
    story.headers.append({**story.headers[0], "note": f"{text}\n{good}"})
    yield case(
        "worthless_note_beside_a_good_one_proved", "An attestation that does not hold does no harm.", story, trust=trust
    )
    story, trust = _noted(one, f"{text}\n{good}")
    story.headers[0]["block"] = "0x" + "12" * 32
    yield case(
        "note_about_another_block_unknown",
        "The attestation is of another block.",
        story,
        "header:not-trusted",
        trust=trust,
    )


def _renamed(line: str) -> str:
    return line.replace("stranger", "press")


def _resigned(line: str, change: Callable[[bytes], bytes]) -> str:
    """The line with another signature of the same key id."""
    start, encoded = line.rstrip("\n").rsplit(" ", 1)
    raw = base64.b64decode(encoded)
    return f"{start} {base64.b64encode(raw[:4] + change(raw[4:])).decode()}\n"


def _with_great_s(line: str) -> str:
    """The signature with the group's order added to s, as lax verifiers accept it."""

    def greater(raw: bytes) -> bytes:
        return raw[:32] + (int.from_bytes(raw[32:], "little") + r._ED_L).to_bytes(32, "little")

    return _resigned(line, greater)
