// The part of the REST API that file.html uses, as a stand-in that can be made to fail or to lie. The real one is used by
// backend/tests/pages.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { hex, keccak, unhex, utf8 } from '../src/core/bytes.js';
import { canonical } from '../src/core/json.js';
import { idOf } from '../src/core/links.js';
import { addressOfKey, signed } from '../src/core/secp256k1.js';
import { FOREVER } from '../src/core/shape.js';
import { promiseDigest } from '../src/core/typed.js';

const PAGE = new URL('../../file.html', import.meta.url);
export const DEPLOYMENT = {
  chain_id: 31337,
  contract: `0x${'c0'.repeat(20)}`,
  genesis: `0x${'9e'.repeat(22)}`,
  default_sla: 2592000,
  escalation_interval: 86400,
  max_escalation_level: 3,
};
const INTAKE = unhex(`0x${'77'.repeat(32)}`);
const PASSWORD = 'right';

/** A running server. `drop(path)`: does what is asked, and gives no answer. `lie`: changes answers about a report. */
export async function filingServer() {
  const server = { filed: new Map(), objections: [], asked: [], dropped: new Map(), lie: (answer) => answer };
  const http = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const body = text ? JSON.parse(text) : null;
    const path = new URL(request.url, 'http://server').pathname;
    server.asked.push({ method: request.method, path, body, headers: request.headers });
    const [status, answer] = path === '/file/' ? [200, null] : answered(server, request, path, body);
    const left = server.dropped.get(path) ?? 0;
    if (left > 0) {
      server.dropped.set(path, left - 1);
      // After the head: a browser silently repeats a request on a connection that is closed before.
      response.writeHead(200, { 'Content-Length': 1000 });
      return response.write('{', () => request.socket.destroy());
    }
    if (path === '/file/') {
      const page = readFileSync(PAGE, 'utf8');
      const [, policy] = /http-equiv=Content-Security-Policy content="([^"]*)"/.exec(page);
      response.setHeader('Content-Security-Policy', `${policy}; frame-ancestors 'none'`);
      return response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
    }
    response.writeHead(status, { 'Content-Type': 'application/json' });
    return response.end(answer === null ? '' : JSON.stringify(answer));
  });
  await new Promise((done) => http.listen(0, '127.0.0.1', done));
  return Object.assign(server, {
    url: `http://127.0.0.1:${http.address().port}/file/`,
    drop: (path, times = 1) => server.dropped.set(path, times),
    close: () => http.close(),
  });
}

const problem = (status, detail, more = {}) => [
  status,
  { type: 'about:blank', title: detail, status, detail, ...more },
];

function answered(server, request, path, body) {
  if (path === '/api/token/') {
    return body.password === PASSWORD
      ? [200, { access: 'access', refresh: 'refresh' }]
      : problem(401, 'No active account has these credentials.');
  }
  if (path === '/api/token/refresh/') return problem(401, 'The refresh token is invalid, expired or used up.');
  if (path === '/api/logout/') return [204, null];
  if (request.headers.authorization !== 'Bearer access') return problem(401, 'Log in.');
  if (path === '/api/reports/' && request.method === 'POST') return filed(server, request, body);
  if (path === '/api/reports/') return [200, { results: [...server.filed.values()], next: null }];
  const [, tracking_id, rest] = /^\/api\/(?:blockchain\/)?reports\/(\w+)\/([\w-]*)/.exec(path) ?? [];
  const report = [...server.filed.values()].find((each) => each.tracking_id === tracking_id);
  if (!report) return problem(404, 'Not found.');
  if (rest === '') return [200, server.lie(report)];
  if (rest === 'receipt') return [202, { expected_by: '2026-11-26T12:00:00Z' }];
  if (rest === 'audit-trail') return [200, DEPLOYMENT];
  if (server.objections.some((each) => each.data === body.data)) return [200, {}];
  const expected = server.objections.length;
  if (body.number !== expected) {
    const more = { type: 'urn:complaintregistry:problem:objection-number', expected, given: body.number };
    return problem(409, `The next one has the number ${expected}.`, more);
  }
  server.objections.push(body);
  return [201, { number: expected }];
}

function filed(server, request, body) {
  if (/forbidden/.test(body.location)) {
    return problem(400, 'Invalid fields: location.', { errors: [{ field: 'location', message: 'Not there.' }] });
  }
  const key = request.headers['idempotency-key'];
  if (!server.filed.has(key)) server.filed.set(key, reportOf(body, server.filed.size));
  return [201, server.lie(server.filed.get(key))];
}

/** The answer to a filing, as the backend gives it. */
export function reportOf({ complainant_address, ...fields }, number = 0) {
  const [salt, own] = [`0x${'5a'.repeat(32)}`, `0x${'a5'.repeat(32)}`];
  const payload = {
    v: 2,
    type: 'CREATED',
    occurred_at: '2026-11-26T09:00:00.000Z',
    by: 'u1',
    witnessed: true,
    changes: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [null, value]])),
  };
  const data = keccak(unhex(own), utf8(canonical(payload)));
  const tracking_id = `TRACKING${number}`;
  const id = idOf({ tracking_id, salt: unhex(salt), complainant: unhex(complainant_address) }, data);
  return {
    tracking_id,
    ...fields,
    complaint_id: hex(id),
    complainant_address,
    complaint_salt: salt,
    created: { payload, salt: own, data: hex(data) },
    promise: promiseOf(id, data),
    promise_reason: null,
  };
}

/** The operator's signed entry of a filing. */
export function promiseOf(id, data, time = FOREVER) {
  const deployment = { ...DEPLOYMENT, contract: unhex(DEPLOYMENT.contract), genesis: unhex(DEPLOYMENT.genesis) };
  const signer = addressOfKey(INTAKE);
  const entry = { isEntry: true, type: 0, data, nonce: 0, head: new Uint8Array(22), signer, time };
  const { chain_id: chainId, contract: verifyingContract, genesis } = DEPLOYMENT;
  return {
    type: 'entry',
    complaint_id: hex(id),
    event_type: 'CREATED',
    data: hex(data),
    nonce: 0,
    head: `0x${'00'.repeat(22)}`,
    actor: hex(signer),
    valid_until: time,
    signature: hex(signed(promiseDigest(deployment, id, entry), INTAKE)),
    typed_data: {
      domain: { name: 'ComplaintRegistry', version: '2', chainId, verifyingContract },
      message: { genesis },
    },
  };
}
