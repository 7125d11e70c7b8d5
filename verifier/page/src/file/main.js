// The page on which a complainant files: wires fields, what is kept on the device, and the API.

import { wellFormed } from '../core/json.js';
import { isObjectionText } from '../core/objection.js';
import { textsUnpacked } from '../unpack.js';
import { $, complain, download, element, on, prepareFields, put, translate } from '../view/dom.js';
import { LANGUAGES, setLanguage, setTexts, words } from '../view/words.js';
import { FIELDS, withKey } from './answer.js';
import { isLoggedIn, logIn, logOut, Refused } from './api.js';
import { draftKeep, filingNew, filingSaved, filingSend, promiseAsk, receiptNewest } from './filing.js';
import { objectionHandIn, objectionName, objectionSign, waiting } from './objecting.js';
import { filingForget, filingsKept } from './store.js';

const NAMES = Object.keys(FIELDS);
const text = (value) => `${JSON.stringify(value, null, 1)}\n`;

let filings = [];
// The complaint that is not filed yet, and the one that an objection is about.
let current = null;
let chosen = null;

/** What went wrong, in words. */
function reasonOf(error) {
  if (error instanceof Refused && error.status === 401) return words(isLoggedIn() ? 'refused' : 'log-in-first', error);
  return error instanceof Refused ? words('refused', error) : words('no-connection');
}

/** Puts what is kept of one complaint in the place of what was known of it. */
function known(filing) {
  filings = [...filings.filter((each) => each.address !== filing.address), filing];
  filings.sort((one, two) => one.made_at - two.made_at);
  if (current?.address === filing.address) current = filing;
  if (chosen?.address === filing.address) chosen = filing;
  return filing;
}

function refresh() {
  const state = current?.state ?? 'draft';
  const isWritten = state === 'draft' || state === 'sent';
  $('login-fields').hidden = isLoggedIn();
  $('leave').hidden = !isLoggedIn();
  $('complaint-part').hidden = !isWritten;
  for (const name of NAMES) $(name).readOnly = state !== 'draft';
  put('submit', words(state === 'sent' ? 'submit-again' : 'submit'));
  $('accepted-part').hidden = isWritten;
  if (!isWritten) refreshAccepted(current);
  const own = filings.filter((each) => each.state === 'filed');
  $('none').hidden = own.length > 0;
  put('own-list', ...own.map(shown).reverse());
  $('objection-part').hidden = !chosen;
  if (chosen) put('objection', words('objection', chosen.answer));
  $('hand-in').hidden = !chosen || !waiting(chosen);
}

function refreshAccepted({ answer, problems, state }) {
  const isRight = problems.length === 0;
  put('accepted-said', isRight ? words('accepted-lead', answer) : '');
  const promise = answer.promise ? words('promised') : words('not-promised', { reason: answer.promise_reason });
  put('checks', ...(isRight ? [words('fits'), promise] : []).map((each) => element('li', '', each)));
  const names = problems.map((each) => words(`wrong:${each}`)).join('; ');
  put('accepted-wrong', isRight ? '' : words('wrong', { problems: names }));
  put('export', words(isRight ? 'export' : 'export-answer'));
  $('ask-promise').hidden = !isRight || Boolean(answer.promise);
  $('another').hidden = isRight && state !== 'filed';
}

/** A filed complaint in the list. */
function shown(filing) {
  const { tracking_id } = filing.answer;
  const title = element('p', '', element('strong', '', tracking_id), ' ', filing.draft.issue_title);
  title.id = `own-${tracking_id}`;
  const buttons = [
    ['save-again', () => save(filing, 'own-said', true)],
    ['save-open', () => save(filing, 'own-said', false)],
    ['object', () => choose(filing)],
    ['forget', () => forget(filing)],
  ].map(([key, act]) => {
    const button = element('button', key, words(key));
    button.setAttribute('aria-describedby', title.id);
    button.addEventListener('click', act);
    return button;
  });
  return element('li', '', title, element('p', '', ...buttons));
}

/** Runs what a button started; meanwhile no button starts anything else. */
async function busily(act) {
  if (document.body.hasAttribute('aria-busy')) return;
  document.body.setAttribute('aria-busy', 'true');
  try {
    await act();
  } finally {
    document.body.removeAttribute('aria-busy');
    refresh();
  }
}

const enter = () =>
  busily(async () => {
    const username = $('username').value;
    put('login-said', '');
    try {
      await logIn(username, $('password').value);
      put('login-said', words('entered', { username }));
    } catch (error) {
      put('login-said', error instanceof Refused ? words('refused', error) : reasonOf(error));
    }
    $('password').value = '';
  });

const leave = () =>
  busily(async () => {
    await logOut();
    put('login-said', '');
  });

const written = () => Object.fromEntries(NAMES.map((name) => [name, $(name).value]));

let keeping = Promise.resolve();

/** Keeps each change, one after the other. The key is made with the first one. */
function keep() {
  current ??= filingNew();
  const [filing, draft] = [current, written()];
  keeping = keeping
    .then(async () => known(await draftKeep(filing, draft)))
    .catch(() => put('complaint-said', words('not-kept')));
}

/** Says what is wrong with the fields; whether they are right. */
function isRight() {
  for (const name of NAMES) {
    const value = $(name).value;
    const most = FIELDS[name];
    const isLong = [...value].length > most || !wellFormed(value);
    complain($(name), !value.trim() ? 'field-empty' : isLong ? 'field-long' : null, { most });
  }
  const wrong = document.querySelector('#complaint-fields [aria-invalid]');
  wrong?.focus();
  return !wrong;
}

const submit = () =>
  busily(async () => {
    if (!isRight()) return;
    keep();
    await keeping;
    if (!filings.some((each) => each.address === current.address)) return;
    if (!isLoggedIn()) {
      put('complaint-said', words('log-in-first'));
      $('username').focus();
      return;
    }
    put('complaint-said', words('sending'));
    try {
      // So that the browser does not clear it away. Not mangled: it is the browser's name.
      await navigator['storage']?.persist?.();
      known(await filingSend(current));
      put('complaint-said', '');
    } catch (error) {
      const errors = (error.problem?.errors ?? []).filter(({ field }) => NAMES.includes(field));
      for (const { field, message } of errors) put(`${field}-wrong`, message);
      put('complaint-said', reasonOf(error));
      known((await filingsKept()).find((each) => each.address === current.address));
    }
    refresh();
    if (current.state !== 'draft' && current.state !== 'sent') $('accepted').focus();
  });

const exportKey = () =>
  busily(async () => {
    if (current.problems.length) {
      const name = `${current.address}.answer-with-key.json`;
      download(name, text(withKey({ answer: current.answer }, current)));
      put('export-said', words('saved-as', { file: name }));
      return;
    }
    const name = await saved(current, 'export-said', true);
    if (!name) return;
    known(await filingSaved(current));
    put('export-said', words('filed', { file: name }));
  });

const save = (filing, said, isSecret) =>
  busily(async () => {
    const name = await saved(filing, said, isSecret);
    if (name) put(said, words('saved-as', { file: name }));
  });

/** Saves the newest receipt; the file's name, null if it could not be fetched. */
async function saved(filing, said, isSecret) {
  try {
    const receipt = await receiptNewest(filing);
    const name = `${filing.answer.tracking_id}${isSecret ? '.with-key' : ''}.receipt.json`;
    download(name, text(isSecret ? withKey(receipt, filing) : receipt));
    return name;
  } catch (error) {
    put(said, `${words('export-failed')} ${reasonOf(error)}`);
    return null;
  }
}

const askPromise = () =>
  busily(async () => {
    put('export-said', '');
    try {
      known(await promiseAsk(current));
    } catch (error) {
      put('export-said', reasonOf(error));
    }
  });

function another() {
  current = null;
  for (const name of NAMES) $(name).value = '';
  put('export-said', '');
  refresh();
  $('issue_title').focus();
}

const forget = (filing) =>
  busily(async () => {
    if (!confirm(words('forget-sure', filing.answer))) return;
    await filingForget(filing.address);
    filings = filings.filter((each) => each.address !== filing.address);
    if (chosen?.address === filing.address) chosen = null;
    if (current?.address === filing.address) another();
    $('own').focus();
  });

function choose(filing) {
  chosen = filing;
  $('text').value = waiting(filing)?.file.payload.objection ?? '';
  put('objection-said', '');
  refresh();
  $('objection').focus();
}

const objectTo = () =>
  busily(async () => {
    const objection = $('text').value;
    const isOwn = isObjectionText(objection);
    complain($('text'), isOwn ? null : 'text-wrong');
    if (!isOwn) return $('text').focus();
    put('objection-said', '');
    try {
      known(await objectionSign(chosen, objection));
    } catch (error) {
      return put('objection-said', reasonOf(error));
    }
    await handIn();
  });

async function handIn() {
  const save = (objection) => {
    const file = objectionName(chosen, objection);
    download(file, text(objection.file));
    return file;
  };
  try {
    known(await objectionHandIn(chosen));
    put('objection-said', words('handed-in', { file: save(chosen.objections.at(-1)) }));
    $('text').value = '';
  } catch (error) {
    // It may have been signed again.
    known((await filingsKept()).find((each) => each.address === chosen.address));
    put('objection-said', words('not-handed-in', { file: save(waiting(chosen)), detail: reasonOf(error) }));
  }
}

function speak(language) {
  setLanguage(language);
  translate();
  for (const each of LANGUAGES) $(each).setAttribute('aria-pressed', String(each === language));
  refresh();
}

const onSubmit = (id, act) =>
  on(id, 'submit', (event) => {
    event.preventDefault();
    act();
  });

async function start() {
  setTexts(await textsUnpacked());
  prepareFields();
  const wished = [location.hash.slice(1), ...navigator.languages.map((each) => each.slice(0, 2))];
  setLanguage(wished.find((each) => LANGUAGES.includes(each)) ?? LANGUAGES[0]);
  try {
    filings = await filingsKept();
  } catch {
    put('complaint-said', words('not-kept'));
  }
  current = filings.findLast((each) => each.state !== 'filed') ?? null;
  for (const name of NAMES) $(name).value = current?.draft[name] ?? '';
  if (current?.state === 'sent') put('complaint-said', words('is-sent'));
  onSubmit('login-fields', enter);
  onSubmit('complaint-fields', submit);
  onSubmit('objection-fields', objectTo);
  for (const name of NAMES) on(name, 'input', keep);
  const acts = { leave, export: exportKey, 'ask-promise': askPromise, another };
  for (const [id, act] of Object.entries(acts)) on(id, 'click', act);
  on('hand-in', 'click', () => busily(handIn));
  for (const each of LANGUAGES) on(each, 'click', () => speak(each));
  speak(LANGUAGES[document.documentElement.lang === LANGUAGES[1] ? 1 : 0]);
  document.documentElement.classList.add('ready');
}

start().catch(() => document.body.prepend('This browser is too old. — Dieser Browser ist zu alt.'));
