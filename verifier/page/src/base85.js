// Bytes as text, five characters for four bytes (Z85 without the characters that HTML and JavaScript treat specially).

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&_;()[]{}@%,#';

/** The length comes first, since the last group is padded with zeros. */
export function encoded(bytes) {
  const padded = new DataView(new ArrayBuffer(4 * Math.ceil(bytes.length / 4) + 4));
  padded.setUint32(0, bytes.length);
  bytes.forEach((byte, i) => padded.setUint8(i + 4, byte));
  let text = '';
  for (let at = 0; at < padded.byteLength; at += 4) {
    for (let power = 85 ** 4; power >= 1; power /= 85) text += DIGITS[Math.floor(padded.getUint32(at) / power) % 85];
  }
  return text;
}

export function decoded(text) {
  const bytes = new DataView(new ArrayBuffer((4 * text.length) / 5));
  for (let at = 0; at < text.length; at += 5) {
    let value = 0;
    for (const digit of text.slice(at, at + 5)) value = 85 * value + DIGITS.indexOf(digit);
    bytes.setUint32((4 * at) / 5, value);
  }
  return new Uint8Array(bytes.buffer, 4, bytes.getUint32(0));
}
