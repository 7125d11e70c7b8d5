"""The names and media types that uploads give to files."""

import pytest

from blockchain.evidence.labels import media_type_clean, name_clean


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\photo.png", "photo.png"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("a" * 300 + ".png", "a" * 251 + ".png"),
        ("Foto für Müller.png", "Foto für Müller.png"),
        ("photo\x00\n\x7f.png", "photo.png"),
    ],
)
def test_name_clean__any_name__is_a_label(sent: str, kept: str) -> None:
    assert name_clean(sent) == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("image/PNG", "image/png"),
        ("text/html; charset=utf-8", "text/html"),
        ("text/html\r\nX-Evil: 1", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("a/" + "b" * 300, "application/octet-stream"),
    ],
)
def test_media_type_clean__any_text__is_a_type(sent: str, kept: str) -> None:
    assert media_type_clean(sent) == kept
