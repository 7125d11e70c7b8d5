// A statement in words.

import { has, words } from './words.js';

export const nameOf = (id) => id.split(/[@/]/)[0];

/** The statement's name for people: what it is about, and which one. */
export function titleOf({ id }) {
  const name = nameOf(id);
  const place = /^\w+@(\d+)/.exec(id)?.[1] ?? /^\w+\/(\d+)$/.exec(id)?.[1];
  return [words(`name:${name.replace('unan', 'an')}`), place].filter(Boolean).join(' ');
}

export function sentenceOf({ code, facts, id }) {
  const name = nameOf(id);
  const key = [`${name}:${code}`, code, `state:${code}`].find(has);
  const named = facts.status ? { ...facts, status: words(`status:${facts.status}`) } : facts;
  const parts = [words(key, named)];
  if (code === 'opened') parts.push(words(facts.witnessed ? 'witnessed' : 'imported'));
  if ('recorded_after' in facts) parts.push(words('recorded-after', facts));
  return parts.join(' ');
}
