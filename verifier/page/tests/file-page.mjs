// file.html in Chromium, with a stand-in for its server, and what receipt.py says of what it saves.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launched } from './chromium.mjs';
import { filingServer } from './filing-server.mjs';

export const DRAFT = {
  issue_title: 'Pothole “Ü” 😀',
  location: 'Mill Lane 12',
  issue_description: 'Half a metre wide.\nDeep.',
};

/** Chromium for a suite, and a server for each of its tests. */
export function prepared() {
  const own = {};
  before(async () => (own.chromium = await launched({ cutOff: false })));
  beforeEach(async () => {
    own.server?.close();
    own.server = await filingServer();
  });
  after(async () => {
    own.server?.close();
    await own.chromium?.close();
  });
  return own;
}

/** Runs `body` on the page of a new browser, and fails at any error and any request elsewhere. */
export async function on({ chromium, server }, options, body) {
  const context = await chromium.browser.newContext({ locale: 'en-GB', ...options });
  const errors = [];
  const elsewhere = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on(
      'request',
      (request) => request.url().startsWith(new URL('/', server.url).href) || elsewhere.push(request.url()),
    );
  });
  try {
    await body(await opened(server, context), context);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      elsewhere.filter((url) => !/^(?:data|blob):/.test(url)),
      [],
    );
  } finally {
    await context.close();
  }
}

export async function opened(server, context) {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.waitForSelector('html.ready');
  return page;
}

export async function reload(page) {
  await page.reload();
  await page.waitForSelector('html.ready');
}

export const idle = (page) => page.waitForSelector('body:not([aria-busy])');
export const kept = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.open('complaint-registry', 1).onsuccess = ({ target }) => {
          target.result.transaction('filings').objectStore('filings').getAll().onsuccess = (event) =>
            resolve(event.target.result);
        };
      }),
  );

export async function write(page, draft = DRAFT) {
  for (const [name, value] of Object.entries(draft)) await page.fill(`#${name}`, value);
  await page.waitForFunction(
    (title) =>
      new Promise((resolve) => {
        indexedDB.open('complaint-registry', 1).onsuccess = ({ target }) => {
          const all = target.result.transaction('filings').objectStore('filings').getAll();
          all.onsuccess = () => resolve(all.result.some((each) => each.draft.issue_description === title));
        };
      }),
    draft.issue_description,
  );
}

export async function enter(page, password = 'right') {
  await page.fill('#username', 'anne');
  await page.fill('#password', password);
  await page.click('#login-fields button');
  await idle(page);
}

export async function submit(page) {
  await page.click('#submit');
  await idle(page);
}

/** What a button saves: name and content. */
export async function saved(page, button) {
  const download = page.waitForEvent('download');
  await page.click(button);
  const file = await download;
  await idle(page);
  return { name: file.suggestedFilename(), content: JSON.parse(readFileSync(await file.path(), 'utf8')) };
}

export async function filed(page) {
  await write(page);
  await enter(page);
  await submit(page);
  return saved(page, '#export');
}

export const said = (page, id) => page.locator(`#${id}`).innerText();

/** Whether data, signature and id of an objection are right, in Python. */
export const OBJECTION = `r = given["receipt"]
d = receipt.deployment_read(r["deployment"], "deployment")
o, unhex = given["objection"], bytes.fromhex
data = receipt.keccak(unhex(o["salt"][2:]) + receipt.jcs(o["payload"]))
digest = receipt.objection_digest(d, unhex(r["complaint"]["id"][2:]), data, o["number"])
subject, complainant = unhex(o["subject"][2:]), unhex(o["complainant"][2:])
print(receipt.hex0x(data) == o["data"], receipt.recovered(digest, unhex(o["signature"][2:])) == complainant,
      receipt.hex0x(receipt.keccak(subject + complainant.rjust(32, b"\\0"))) == o["complaint_id"])`;

/** What a piece of Python prints that has receipt.py as `receipt` and the JSON `given`. */
export function judgedByPython(code, given) {
  const path = fileURLToPath(new URL('../../', import.meta.url));
  const program = `import json, sys\nsys.path.insert(0, ${JSON.stringify(path)})\nimport receipt\ngiven = json.load(sys.stdin)\n${code}`;
  const { stdout, stderr, status } = spawnSync('python3', ['-B', '-c', program], {
    input: JSON.stringify(given),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

export const verdictOfPython = (content) =>
  JSON.parse(judgedByPython('print(receipt.jcs(receipt.verdict_on(receipt.jcs(given))).decode())', content));
