// The protocol for implementations (docs/receipt.md, section 8), over the page's own sources in node. For tests.
//
//     node cli.mjs verify RECEIPT --json [--trust TRUST] [--file FILE]... [--require ID]...

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { canonical, jsonRead } from './src/core/json.js';
import { trustRead } from './src/core/trust.js';
import { verdictOn } from './src/core/verdict.js';
import { releases } from './releases.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    trust: { type: 'string' },
    file: { type: 'string', multiple: true, default: [] },
    require: { type: 'string', multiple: true, default: [] },
  },
});
const [command, path] = positionals;
if (command !== 'verify' || !path) throw new Error('verify RECEIPT');

const read = (name) => new Uint8Array(readFileSync(name));
let trust;
try {
  trust = trustRead(values.trust ? jsonRead(read(values.trust)) : {});
} catch (error) {
  console.error(`${values.trust}: ${error.code} ${error.at}`);
  process.exit(2);
}
const verdict = verdictOn({
  bytes: read(path),
  trust,
  files: values.file.map((name) => createHash('sha256').update(read(name)).digest('hex')),
  required: values.require,
  releases: releases(),
});
process.stdout.write(`${canonical(verdict)}\n`);
process.exitCode = verdict.exit;
