"""Requests that no client of good will sends: every URL and method, and nonsense wherever there is room for it."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import strategies as st

from tests.faults.wire import BOUNDARY, FORM, chunked

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND")
PLACE = re.compile(r"<([^>]+)>")

# Percent-encoded NUL, lone surrogate, no UTF-8, slash, direction of text, and text that is long, huge or negative.
NONSENSE = (
    *(
        "%00",
        "%ed%a0%80",
        "%ff",
        "%2f",
        "%e2%80%ae",
        "%f0%9f%92%a9",
        "%0d%0aX: y",
        "%25",
        "..",
        "'",
        '"',
        "%22%3e",
        "*",
    ),
    *("0", "-1", "9" * 19, "9" * 400, "2.0", "1e5", "x" * 500, "x" * 3000, "null", "true", "NaN", "None", "__class__"),
    str(uuid.UUID(int=0)),
)
QUERY_NAMES = (
    *("page", "page_size", "status", "assigned_to", "format", "lang", "version", "urlconf", "title", "next", "cursor"),
    *("q", "o", "p", "e", "all", "_popup", "_to_field", "_changelist_filters", "id__exact", "user__username", "term"),
    *("app_label", "model_name", "field_name", "created_at__year", "state__exact", "pk__in", "a[]", "%00"),
)
ACCEPTS = (
    *("*/*", "application/json", "text/html", "application/octet-stream", "application/yaml", "", ",", ";", "a/b;q=x"),
    *("application/json; indent=4", "application/json;indent=99999", "application/vnd.oai.openapi", "*", "\xff/\xff"),
    *("application/json; version=1.0", "text/html;" * 100, "application/problem+json", 'a/b;c="', "q=0"),
)
TYPES = (
    *("application/json", "application/json; charset=utf-16", "application/json; charset=\xff", "text/plain", "", ";"),
    *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=nonsense", "a", "*/*"),
    *(
        FORM,
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\xe9",
        "APPLICATION/JSON",
    ),
    *("multipart/form-data; boundary=" + "x" * 300, f"multipart/form-data; boundary={BOUNDARY}; charset=utf-7"),
)
HOSTS = ("localhost", "127.0.0.1:80", "evil.example", "localhost:x", "[::1", "a b", "localhost\x00", "", "LOCALHOST.")
HEADERS = {
    "Idempotency-Key": ("a", '"', "x" * 300, "\xff", '"a"b"', ""),
    "Origin": ("null", "http://[", "https://a.example", "\xff", "http://localhost:x"),
    "Referer": ("http://[", "\xff", "https://localhost/"),
    "X-Forwarded-For": ("1.2.3.4", "::1%", "\xff", ",,,", "x" * 3000),
    "X-Forwarded-Proto": ("https", "\xff"),
    "X-CSRFToken": ("x", "\xff", "a" * 64),
    "If-Modified-Since": ("x", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Jan 99999 00:00:00 GMT"),
    "If-None-Match": ('"', "*", "W/"),
    "Range": ("bytes=0-", "bytes=-", "bytes=9-1", "x"),
    "Accept-Language": ("xx", "\xff", ";" * 50),
    "Accept-Encoding": ("gzip", "\xff"),
    "Access-Control-Request-Method": ("GET", "\xff"),
    "Content-Encoding": ("gzip",),
    "Expect": ("100-continue",),
    "Connection": ("close", "keep-alive", "upgrade"),
    "Cookie": ("sessionid=\xff", "csrftoken=x", "sessionid=a; sessionid=b", "=", "x" * 3000, "messages=x"),
    "X-HTTP-Method-Override": ("DELETE",),
}
FILE_NAMES = ("a.txt", "", "a\u202eb", "../../x", "x" * 300, "\x00", '"', "é😀", "a;b", "%0d%0a", "\r")


def templates() -> list[str]:
    """Every URL of the project, with the names of its parts in `<>`."""

    def found(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for each in patterns:
            path = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from found(each.url_patterns, path)
            else:
                yield simplify_regex(path)

    return sorted({re.sub(r"<\w+:", "<", path) for path in found(get_resolver().url_patterns, "")})


@dataclass(frozen=True)
class Known:
    """What exists, so that some requests reach it."""

    names: dict[str, list[str]]
    authorizations: list[str]
    cookie: str


def tokens_of_nonsense(user: Any) -> list[str]:
    """Tokens that verify, and are nonsense."""
    now = int(time.time())
    good = {"token_type": "access", "exp": now + 3600, "iat": now, "jti": uuid.uuid4().hex, "sub": str(user.opaque_id)}
    changes: list[dict[str, Any]] = [
        *({"sub": value} for value in ("x", "", 5, None, [], {}, "\ud800", "\x00", True, "9" * 5000, user.username)),
        *({"exp": value} for value in (10**30, 2**63, 253_402_300_800, -1, 1.5e300, True)),
        *({"token_type": value} for value in ("refresh", None, [])),
        *({"jti": value} for value in (None, [], {})),
        *({"hash_password": value} for value in (None, 5, [])),
    ]
    made = [jwt.encode(good | change, settings.JWT_SIGNING_KEY, algorithm="HS256") for change in changes]
    bare = jwt.encode({"sub": str(user.opaque_id)}, settings.JWT_SIGNING_KEY, algorithm="HS256")
    return [*made, bare, "a.b.c", "\xff"]


texts = st.text(max_size=8) | st.sampled_from(["", "\x00", "\ud800", "\u202e", "x" * 20_000, "pending", "CREATED"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    *("issue_title", "location", "issue_description", "complainant_address", "status", "priority", "assigned_to"),
    *("text", "username", "password", "refresh", "tracking_id", "event_type", "changes", "actor", "valid_until"),
    *("signature", "occurred_at", "payload", "data", "deadline", "imported", "external_id", "event_id", "comment"),
)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=5)
bodies = (
    st.just(b"")
    | st.binary(max_size=40)
    | objects.map(_json)
    | st.lists(objects, max_size=2).map(_json)
    | values.map(_json)
    | st.sampled_from(
        [b"[" * 50_000, b'{"a":' * 5_000, b'{"a": 1, "a": 2}', b"1" * 5_000, b'"\\ud800"', b"a=b&a=%ff&=%00"]
    )
    | st.builds(
        lambda name, file_name, content: (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
            f"Content-Type: {content}\r\n\r\nabc\r\n--{BOUNDARY}--\r\n"
        ).encode("utf-8", "replace"),
        st.sampled_from(["file", "", "x", "\x00"]),
        st.sampled_from(FILE_NAMES),
        st.sampled_from(["text/plain", "", "\x00", "a/b; charset=x", "x" * 300]),
    )
)


@st.composite
def requests(draw: st.DrawFn, paths: list[str], known: Known) -> bytes:
    """One request, as bytes."""

    def part(match: re.Match[str]) -> str:
        there = known.names.get(match[1].split(":")[-1], [])
        return draw(st.sampled_from([*there * 30, *NONSENSE]))

    path = PLACE.sub(part, draw(st.sampled_from(paths))).replace(" ", "%20")
    query = draw(
        st.lists(st.tuples(st.sampled_from(QUERY_NAMES), st.sampled_from((*NONSENSE, "1", "json", ""))), max_size=3)
    )
    if query:
        path += "?" + "&".join(f"{name}={value}" for name, value in query).replace(" ", "%20")
    method = draw(st.sampled_from(METHODS))
    headers = [("Host", draw(st.sampled_from(["localhost"] * 60 + list(HOSTS))))]
    if draw(st.booleans()):
        headers.append(("Authorization", draw(st.sampled_from(known.authorizations))))
    if draw(st.booleans()):
        headers += [("Cookie", known.cookie), ("X-CSRFToken", "a" * 32)]
    if draw(st.booleans()):
        headers.append(("Accept", draw(st.sampled_from(ACCEPTS))))
    for name in draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=2, unique=True)):
        headers.append((name, draw(st.sampled_from(HEADERS[name]))))
    body = b""
    if method not in ("GET", "HEAD", "TRACE") or draw(st.integers(0, 9)) == 0:
        body = draw(bodies)
        headers.append(("Content-Type", draw(st.sampled_from(["application/json"] * 6 + [FORM] * 4 + list(TYPES)))))
        if draw(st.integers(0, 4)):
            headers.append(("Content-Length", str(len(body))))
        else:
            headers.append(("Transfer-Encoding", "chunked"))
            body = chunked(body)
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body
