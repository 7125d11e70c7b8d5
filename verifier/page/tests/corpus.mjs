// The cases of the conformance corpus (docs/receipt.md, section 8).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../conformance/', import.meta.url));

/** Each case: its name, the paths of what it gives the verifier, and the verdict that is expected. */
export function cases() {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(FOLDER, entry.name, 'expected.json')))
    .map(({ name }) => {
      const path = (part) => join(FOLDER, name, part);
      const given = (part) => (existsSync(path(part)) ? path(part) : null);
      const files = given('files')
        ? readdirSync(path('files'))
            .sort()
            .map((file) => path(join('files', file)))
        : [];
      const required = given('require.txt')
        ? readFileSync(path('require.txt'), 'utf8').split('\n').filter(Boolean)
        : [];
      const expected = JSON.parse(readFileSync(path('expected.json'), 'utf8'));
      return { name, receipt: path('receipt.json'), trust: given('trust.json'), files, required, expected };
    });
}

/** Whether a case is about an invented chain: its contract is at 0xc0…c0. */
export const isInvented = (receipt) => readFileSync(receipt).includes('c0'.repeat(20));

/** The paths of the trusts that no verifier accepts. */
export const badTrusts = () =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('_error'))
    .map((name) => join(FOLDER, name, 'trust.json'));

/** A verdict without what is not compared. */
export function compared(verdict) {
  const statements = verdict.statements.map((each) => {
    const { at, ...facts } = each.facts;
    return each.id === 'receipt' ? { ...each, facts } : each;
  });
  return { ...verdict, statements };
}
