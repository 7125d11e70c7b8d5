// The page: wires fields and files to the verifier.

import { jsonRead } from './core/json.js';
import { receiptRead } from './core/shape.js';
import { verdictOn } from './core/verdict.js';
import { releasesUnpacked, textsUnpacked } from './unpack.js';
import { $, download, on, prepareFields, put, translate } from './view/dom.js';
import { hashed, read, sort } from './view/files.js';
import { prepareNodes } from './view/nodes.js';
import { requiredGiven, trustGiven, trustOf } from './view/inputs.js';
import { keyChoose, keyMake, keySave, objectTo, refresh, sign } from './view/objection.js';
import { setRequired, show } from './view/result.js';
import { LANGUAGES, setLanguage, setTexts, words } from './view/words.js';

const chosen = { receipt: null, evidence: [], trust: [] };
let known;
let verdict = null;

/** Checks again what is chosen; fast enough for each change. */
function check() {
  // Whatever fails, no older verdict stays.
  $('result').hidden = true;
  const trust = trustGiven([...chosen.trust, chosen.nodes]);
  if (!chosen.receipt) return;
  const { bytes, name, sha256 } = chosen.receipt;
  const required = requiredGiven();
  setRequired(required);
  const files = chosen.evidence.map((each) => each.sha256);
  const before = verdict;
  verdict = verdictOn({ bytes, trust, files, required, releases: known });
  show(
    verdict,
    { name, sha256 },
    chosen.evidence.map((each) => each.name),
    openedIn(bytes, verdict),
  );
  if (before?.source !== chosen.receipt) objectTo(bytes, verdict);
  Object.defineProperty(verdict, 'source', { value: chosen.receipt });
}

/** The disclosed payloads, by sequence. */
const openedIn = (bytes, verdict) => (verdict.complaint ? receiptRead(jsonRead(bytes)).opened : new Map());

async function chooseReceipt([file]) {
  if (!file) return;
  const bytes = await read(file);
  chosen.receipt = { name: file.name, bytes, sha256: await hashed(file) };
}

async function chooseTrust(files) {
  chosen.trust = [];
  put('trust-file-wrong', '');
  for (const file of files) {
    try {
      chosen.trust.push(trustOf(await read(file)));
    } catch {
      put('trust-file-wrong', words('trust-file-wrong', { name: file.name }));
    }
  }
}

async function chooseEvidence(files) {
  const found = [];
  for (const file of files) {
    put('busy', words('hashing', { name: file.name }));
    found.push({ name: file.name, sha256: await hashed(file) });
  }
  chosen.evidence = found;
}

const CHOICES = { receipt: chooseReceipt, evidence: chooseEvidence, trust: chooseTrust };

let queue = Promise.resolve();

/** Takes files in one after the other, so that an earlier one never ends after a later one. */
function take(kind, files) {
  document.body.setAttribute('aria-busy', 'true');
  const last = (queue = queue
    .catch(() => {})
    .then(async () => {
      try {
        await CHOICES[kind](files);
        put('busy', '');
      } catch {
        put('busy', words('unreadable', { name: files[0].name }));
      }
      check();
    })
    .finally(() => last === queue && document.body.removeAttribute('aria-busy')));
  return last;
}

async function dropped(files) {
  const sorted = { receipt: [], trust: [], evidence: [] };
  for (const file of files) sorted[await sort(file)].push(file);
  for (const [kind, found] of Object.entries(sorted)) {
    if (!found.length) continue;
    const all = new DataTransfer();
    for (const file of found) all.items.add(file);
    const field = $(`${kind}-file`);
    if (found.length > 1 && !field.multiple) (all.items.clear(), all.items.add(found[0]));
    field.files = all.files;
    field.dispatchEvent(new Event('change'));
  }
}

function speak(language) {
  setLanguage(language);
  translate();
  for (const each of LANGUAGES) $(each).setAttribute('aria-pressed', String(each === language));
  refresh();
  check();
}

async function start() {
  setTexts(await textsUnpacked());
  known = await releasesUnpacked();
  prepareFields();
  for (const kind of Object.keys(CHOICES)) on(`${kind}-file`, 'change', (event) => take(kind, [...event.target.files]));
  for (const id of ['blocks', 'contract', 'require']) on(id, 'input', check);
  for (const each of LANGUAGES) on(each, 'click', () => speak(each));
  prepareNodes(chosen, () => verdict, check);
  on('print', 'click', () => print());
  on('save', 'click', () => download('verdict.json', `${$('json').textContent}\n`));
  on('key-make', 'click', keyMake);
  on('key-save', 'click', keySave);
  on('key-file', 'change', (event) => event.target.files[0] && keyChoose(event.target.files[0]));
  on('objection-fields', 'submit', (event) => {
    event.preventDefault();
    sign();
  });
  const over = (isOver) => document.body.classList.toggle('over', isOver);
  addEventListener('dragover', (event) => (event.preventDefault(), over(true)));
  addEventListener('dragleave', (event) => event.relatedTarget || over(false));
  addEventListener('drop', (event) => {
    event.preventDefault();
    over(false);
    dropped([...event.dataTransfer.files]);
  });
  // In print, everything is open.
  addEventListener('beforeprint', () =>
    document.querySelectorAll('#result details').forEach((each) => (each.open = true)),
  );
  const wished = [location.hash.slice(1), ...navigator.languages.map((each) => each.slice(0, 2))];
  speak(wished.find((each) => LANGUAGES.includes(each)) ?? LANGUAGES[0]);
  document.documentElement.classList.add('ready');
}

start().catch(() => document.body.prepend('This browser is too old. — Dieser Browser ist zu alt.'));
