// Makes a complainant's key, and signs an objection as a file to hand in. Neither leaves the device.

import { concat, hex, keccak, unhex } from '../core/bytes.js';
import { jcs, jsonRead, wellFormed } from '../core/json.js';
import { subjectOf } from '../core/links.js';
import { addressOfKey, signed } from '../core/secp256k1.js';
import { receiptRead } from '../core/shape.js';
import { objectionDigest, promiseDigest } from '../core/typed.js';
import { filedIn } from '../core/judge.js';
import { $, complain, download, put } from './dom.js';
import { read } from './files.js';
import { words } from './words.js';

const KEY = 'complaint-registry.key';
const MAX_OBJECTIONS = 255;
const MAX_TEXT = 5000;
const file = (value) => `${JSON.stringify(value, null, 1)}\n`;

let receipt = null;
let made = null;

/** The receipt to which the objection belongs; `verdict` says how many objections it shows. */
export function objectTo(bytes, verdict) {
  receipt = verdict?.complaint ? receiptRead(jsonRead(bytes)) : null;
  const newest = verdict?.timeline.at(-1);
  $('number').value = String(newest?.objections ?? 0);
  refresh();
}

/** Says why nobody can object, or shows the fields. */
export function refresh() {
  const reason =
    !receipt?.filing || !filedIn(receipt) ? 'no-filing' : isZero(receipt.filing.complainant) ? 'no-complainant' : null;
  put('no-objection', reason ? words(reason) : '');
  $('objection-fields').hidden = Boolean(reason);
  $('cite-part').hidden = !receipt?.promises.length;
  if (made) put('key-made', words('key-made', { address: made.address }));
}

const isZero = (bytes) => bytes.every((byte) => byte === 0);

export function keyMake() {
  let secret;
  do secret = crypto.getRandomValues(new Uint8Array(32));
  while (!addressOfKey(secret));
  made = { format: KEY, address: hex(addressOfKey(secret)), private_key: hex(secret) };
  $('key-save').hidden = false;
  $('made-key').hidden = false;
  put('made-key', made.private_key);
  refresh();
}

export const keySave = () => download(`${made.address}.key.json`, file(made));

export async function keyChoose(chosen) {
  try {
    $('key').value = JSON.parse(new TextDecoder().decode(await read(chosen))).private_key ?? '';
  } catch {
    $('key').value = '';
  }
  complain($('key'), keyGiven() ? null : 'key-wrong');
}

function keyGiven() {
  const text = $('key').value.trim().toLowerCase().replace(/^0x/, '');
  const secret = /^[0-9a-f]{64}$/.test(text) ? unhex(`0x${text}`) : null;
  return secret && addressOfKey(secret) ? secret : null;
}

/** Signs what the fields say and saves it; says what is wrong instead. */
export function sign() {
  const secret = keyGiven();
  const text = $('text').value;
  const number = Number($('number').value);
  const length = [...text].length;
  const { complainant } = receipt.filing;
  const address = secret && hex(addressOfKey(secret));
  const isOwn = address === hex(complainant);
  const isText = length >= 1 && length <= MAX_TEXT && wellFormed(text);
  const isNumber = Number.isInteger(number) && number >= 0 && number < MAX_OBJECTIONS && $('number').value !== '';
  complain($('key'), secret ? (isOwn ? null : 'key-other') : 'key-wrong', { address, complainant: hex(complainant) });
  complain($('text'), isText ? null : 'text-wrong');
  complain($('number'), isNumber ? null : 'number-wrong');
  put('signed', '');
  if (!isOwn || !isText || !isNumber) {
    document.querySelector('#objection [aria-invalid]').focus();
    return;
  }
  const payload = { v: 2, type: 'OBJECTED', occurred_at: new Date().toISOString(), by: address, witnessed: true };
  payload.objection = text;
  const { deployment, id, promises } = receipt;
  const cites = [...new Set(promises.map((promise) => hex(promiseDigest(deployment, id, promise))))];
  if ($('cite').checked && cites.length) payload.cites = cites;
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const data = keccak(concat(salt, jcs(payload)));
  const objection = {
    complaint_id: hex(id),
    subject: hex(subjectOf(receipt.filing, filedIn(receipt))),
    complainant: address,
    data: hex(data),
    number,
    signature: hex(signed(objectionDigest(deployment, id, data, number), secret)),
    salt: hex(salt),
    payload,
  };
  const name = `objection-${number}.json`;
  download(name, file(objection));
  put('signed', words('signed', { file: name }));
}
