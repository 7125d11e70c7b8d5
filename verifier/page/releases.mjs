// The runtime code of each released contract, with the places of its immutables: verifier/releases/.

import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../releases/', import.meta.url);

export function releases() {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const { version, code, immutables } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
      return { version, code: new Uint8Array(Buffer.from(code.slice(2), 'hex')), immutables };
    });
}
