// A receipt of a filing alone.

import { readFileSync } from 'node:fs';

import { hex, keccak, unhex, utf8 } from '../src/core/bytes.js';
import { canonical } from '../src/core/json.js';
import { idOf } from '../src/core/links.js';
import { cases } from './corpus.mjs';

const PROVED = cases().find(({ name }) => name === 'every_kind_of_link_proved');
const FILING = {
  v: 2,
  type: 'CREATED',
  occurred_at: '2026-11-26T09:00:00.000Z',
  by: 'u1',
  witnessed: true,
  changes: { a: [null, 'b'] },
};

/** A receipt of a filing with the complainant's address, without proofs, as a file for Playwright. */
export function filedWith(address, payload = FILING) {
  const deployment = JSON.parse(readFileSync(PROVED.receipt, 'utf8')).deployment;
  const [salt, own] = [`0x${'5a'.repeat(32)}`, `0x${'a5'.repeat(32)}`];
  const data = keccak(unhex(own), utf8(canonical(payload)));
  const filing = { tracking_id: 'T-1', salt: unhex(salt), complainant: unhex(address) };
  const receipt = {
    format: 'complaint-registry.receipt',
    version: 1,
    critical: [],
    deployment,
    complaint: { id: hex(idOf(filing, data)) },
    links: [{ sequence: 1, type: 0, actor: `0x${'11'.repeat(20)}`, time: 1795683302, data: hex(data) }],
    proofs: [],
    openings: { tracking_id: 'T-1', salt, complainant: address, links: { 1: { salt: own, payload } } },
  };
  return { name: 'own.receipt.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(receipt)) };
}
