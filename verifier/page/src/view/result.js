// The verdict on the page: band, what it rests on, hashes to compare, course of the complaint, statements.

import { BROKEN, CONTRADICTED, PROVED, UNKNOWN } from '../core/names.js';
import { canonical } from '../core/json.js';
import { NEVER } from '../core/links.js';
import { clockPicture } from './clock.js';
import { $, element, put } from './dom.js';
import { nameOf, sentenceOf, titleOf } from './sentences.js';
import { date, words } from './words.js';

const MARKS = { [PROVED]: '✓', [CONTRADICTED]: '✗', [BROKEN]: '!', [UNKNOWN]: '?' };

const factOf = (verdict, name) => verdict.statements.find((each) => each.id === `${name}@${verdict.block}`);

/** `receipt`: name and SHA-256 of the file. `files`: names of the evidence files. `opened`: payloads by sequence. */
export function show(verdict, receipt, files, opened) {
  $('result').hidden = false;
  const band = $('band');
  band.className = `band ${verdict.verdict.toLowerCase()}`;
  put('mark', MARKS[verdict.verdict]);
  put('word', words(`verdict:${verdict.verdict}`));
  put('says', ...saysOf(verdict));
  put('rests', ...restsOf(verdict).map((text) => element('p', '', text)));
  put('compare-list', ...compareOf(verdict));
  $('compare-part').hidden = !verdict.complaint;
  put('course', ...courseOf(verdict, opened));
  $('course-part').hidden = !verdict.timeline.length;
  const rows = (isProved) =>
    verdict.statements.filter((each) => (each.verdict === PROVED) === isProved).map((each) => statementOf(each, files));
  const proved = rows(true);
  put('not-proved', ...rows(false));
  put('proved', ...proved);
  put('proved-count', words('proved-count', { count: proved.length }));
  put('ignored', verdict.ignored.length ? words('ignored', { names: verdict.ignored }) : '');
  put('json', canonical(verdict));
  put('checked', words('checked', { ...receipt, now: Math.floor(Date.now() / 1000) }));
}

function saysOf(verdict) {
  const { verdict: word, block, statements } = verdict;
  if (word === PROVED) {
    const { links } = factOf(verdict, 'complete').facts;
    const { time } = factOf(verdict, 'header').facts;
    const notable = statements.filter(({ id }) => id === `clock@${block}` || nameOf(id) === 'delay');
    return [words(links ? 'says:PROVED' : 'says:absent', { links, time }), ...notable.map(sentenceOf)].map((text) =>
      element('p', '', text),
    );
  }
  const reasons = statements.filter((each) => each.verdict === word && isReason(verdict, each));
  const isWithoutBlock = word === UNKNOWN && block === null && verdict.complaint;
  const lines = [element('p', '', words(isWithoutBlock ? 'says:no-block' : `says:${word}`))];
  const texts = reasons.slice(0, 5).map((each) => `${titleOf(each)}: ${sentenceOf(each)}`);
  texts.push(...[...required].filter((name) => !statements.some(({ id }) => id === name || nameOf(id) === name)));
  if (!isWithoutBlock) lines.push(list(texts));
  return lines;
}

/** Of what is unknown, only what stands in the way of a verdict. */
function isReason({ verdict, block }, { id }) {
  const names = ['receipt', 'file', ...['code', 'state', 'complete', 'more'].map((name) => `${name}@${block}`)];
  return (
    verdict !== UNKNOWN ||
    names.includes(id) ||
    names.includes(nameOf(id)) ||
    required.has(id) ||
    required.has(nameOf(id))
  );
}

let required = new Set();

/** Ids that the user requires. */
export const setRequired = (ids) => (required = new Set(ids));

const list = (texts) => element('ul', '', ...texts.map((text) => element('li', '', text)));

function restsOf(verdict) {
  const header = factOf(verdict, 'header');
  if (!header || verdict.verdict === BROKEN) return [];
  const { chain_id: chain, contract, block: number } = verdict;
  const isPublished = verdict.statements.some((each) => each.code === 'as-published');
  return [
    words(`rests:${header.code}`, { ...header.facts, chain, number }),
    words(isPublished ? 'rests:published' : 'rests:contract', { contract }),
  ];
}

function compareOf({ chain_id: chain, contract, complaint, statements }) {
  const pairs = [
    [words('chain'), chain],
    [words('contract-name'), contract],
    [words('complaint'), complaint],
  ];
  for (const { id, facts } of statements.filter((each) => nameOf(each.id) === 'header')) {
    const number = id.split('@')[1];
    const command = words('command', { command: `cast block ${number} --field hash` });
    pairs.push([words('block', { number, time: facts.time }), facts.hash, command]);
  }
  return pairs.flatMap(([name, value, note]) => [
    element('dt', '', name),
    element('dd', '', element('code', '', grouped(String(value))), note ? element('small', '', note) : null),
  ]);
}

/** Digits in groups of eight, to be read aloud. A copy of them has no spaces, since the gaps are margins. */
function grouped(text) {
  const groups = text.length > 12 ? text.match(/^0x|.{1,8}/g) : [text];
  const all = document.createDocumentFragment();
  for (const group of groups) all.append(element('span', 'group', group));
  return all;
}

function courseOf(verdict, opened) {
  const { timeline, stops } = verdict;
  if (!timeline.length) return [];
  const end = factOf(verdict, 'header')?.facts.time ?? 0;
  const proved = new Set(verdict.statements.filter((each) => each.code === 'opened').map((each) => each.id));
  const parts = [
    clockPicture(timeline, end),
    element('ol', 'course', ...timeline.map((entry) => entryOf(entry, contentOf(proved, opened, entry)))),
  ];
  if (stops.length) {
    parts.push(element('h4', '', words('stops')));
    parts.push(
      list(
        stops.map((stop) => words(stop.to ? 'stop' : 'stop-open', { ...stop, status: words(`status:${stop.status}`) })),
      ),
    );
  }
  return parts.filter(Boolean);
}

/** What was recorded, a paragraph for each field; only if it is proved that this is what was recorded. */
function contentOf(proved, opened, { sequence }) {
  if (!proved.has(`content/${sequence}`)) return null;
  const { v, type, witnessed, changes, ...members } = opened.get(sequence).payload;
  const shown = (value) => (Array.isArray(value) ? value.filter((each) => each !== null).join(' → ') : String(value));
  const fields = Object.entries({ ...members, ...changes }).map(([name, value]) =>
    element('p', 'payload', element('strong', '', name), shown(value)),
  );
  return element('details', '', element('summary', '', words('content')), ...fields);
}

function entryOf(entry, content) {
  const { actor, covered, escalations, sla_deadline: deadline, status, type } = entry;
  const notes = [words(`status:${status}`)];
  if (!deadline || deadline === NEVER) notes.push(words('no-deadline'));
  else if (status === 'OPEN') notes.push(words('deadline', { deadline }));
  else notes.push(words('left', { left: deadline }));
  if (escalations) notes.push(words('level', { level: escalations }));
  if (!covered) notes.push(words('not-covered'));
  const item = element(
    'li',
    `${covered ? '' : 'uncovered '}${type === 'ESCALATED' ? 'missed' : ''}`,
    element('strong', '', words(`kind:${type}`)),
    element('time', '', date(entry.time)),
    element('span', 'notes', notes.join(' · ')),
    type === 'ESCALATED' ? null : element('code', 'actor', words('by', { actor })),
    content,
  );
  item.dataset.n = entry.sequence;
  return item;
}

function statementOf(each, files) {
  const mark = element(
    'span',
    `chip ${each.verdict.toLowerCase()}`,
    `${MARKS[each.verdict]} ${words(`verdict:${each.verdict}`)}`,
  );
  const file = nameOf(each.id) === 'file' ? ` (${files[Number(each.id.slice(5)) - 1]})` : '';
  return element(
    'li',
    '',
    element('strong', '', `${titleOf(each)}${file}`),
    mark,
    element('p', '', sentenceOf(each)),
    element('code', 'id', `${each.id} · ${each.code}`),
  );
}
