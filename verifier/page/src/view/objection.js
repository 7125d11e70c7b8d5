// Makes a complainant's key, and signs an objection as a file to hand in. Neither leaves the device.

import { hex, unhex } from '../core/bytes.js';
import { filedIn } from '../core/judge.js';
import { jsonRead } from '../core/json.js';
import { keyFile, keyOfFile } from '../core/key.js';
import { isObjectionText, keyNew, MAX_OBJECTIONS, objectionMade } from '../core/objection.js';
import { addressOfKey } from '../core/secp256k1.js';
import { receiptRead } from '../core/shape.js';
import { $, complain, download, put } from './dom.js';
import { read } from './files.js';
import { words } from './words.js';

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
  const secret = keyNew();
  made = keyFile(hex(addressOfKey(secret)), hex(secret));
  $('key-save').hidden = false;
  $('made-key').hidden = false;
  put('made-key', made.private_key);
  refresh();
}

export const keySave = () => download(`${made.address}.key.json`, file(made));

export async function keyChoose(chosen) {
  try {
    $('key').value = keyOfFile(JSON.parse(new TextDecoder().decode(await read(chosen)))) ?? '';
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
  const complainant = hex(receipt.filing.complainant);
  const address = secret && hex(addressOfKey(secret));
  const isOwn = address === complainant;
  const isText = isObjectionText(text);
  const isNumber = /^\d+$/.test($('number').value) && number < MAX_OBJECTIONS;
  complain($('key'), secret ? (isOwn ? null : 'key-other') : 'key-wrong', { address, complainant });
  complain($('text'), isText ? null : 'text-wrong');
  complain($('number'), isNumber ? null : 'number-wrong');
  put('signed', '');
  if (!isOwn || !isText || !isNumber) {
    document.querySelector('#objection [aria-invalid]').focus();
    return;
  }
  const cited = $('cite').checked ? receipt.promises : [];
  const objection = objectionMade(receipt, filedIn(receipt), cited, secret, text, number);
  const name = `objection-${number}.json`;
  download(name, file(objection));
  put('signed', words('signed', { file: name }));
}
