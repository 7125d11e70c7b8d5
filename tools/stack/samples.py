"""Makes small real files as evidence: a JPEG and a PDF."""

import io

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 480, 320


def photo() -> bytes:
    """A JPEG of a street with a pothole."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#9fb8c8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 150, WIDTH, HEIGHT), fill="#55565a")
    for left in range(10, WIDTH, 90):
        draw.rectangle((left, 225, left + 50, 233), fill="#e8e4d4")
    draw.ellipse((180, 240, 330, 300), fill="#2b2a29", outline="#3d3b39", width=4)
    draw.ellipse((215, 256, 300, 288), fill="#4b6472")
    with io.BytesIO() as buffer:
        image.save(buffer, "JPEG", quality=85)
        return buffer.getvalue()


def letter(lines: list[str]) -> bytes:
    """A PDF of one page with these lines of plain ASCII text."""
    shown = " T* ".join(
        "(" + line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ") Tj" for line in lines
    )
    text = f"BT /F1 12 Tf 16 TL 72 760 Td {shown} ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    document, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(document)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    document += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, entries)
    return document + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


def flipped(content: bytes) -> bytes:
    """`content` with one bit flipped, in its middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
