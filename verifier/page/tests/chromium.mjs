// Chromium without a network: in a namespace of its own, which has no interface, where the system allows one.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

export const PAGE = fileURLToPath(new URL('../../verify.html', import.meta.url));
export const PAGE_URL = pathToFileURL(PAGE).href;

export const BINARY = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** The reason to skip, or false. */
export const missing = existsSync(BINARY)
  ? false
  : `${BINARY} is missing; install it with "apt-get install chromium", or name another one in CHROMIUM`;

/** Whether Chromium runs in an empty network namespace here. */
export const isCutOff = spawnSync('unshare', ['-rn', 'true']).status === 0;

/** Starts Chromium, without a network unless the test serves a page: `browser`, and `close()` which also removes what it wrote. */
export async function launched({ cutOff = isCutOff } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'verify-page-'));
  let executablePath = BINARY;
  if (cutOff) {
    executablePath = join(folder, 'chromium');
    writeFileSync(executablePath, `#!/bin/sh\nexec unshare -rn ${BINARY} "$@"\n`);
    chmodSync(executablePath, 0o755);
  }
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: ARGUMENTS,
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A new page on verify.html that fails the test at any request and any error; `check()` says so. */
export async function opened(browser, { url = PAGE_URL, ...options } = {}) {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  const requests = [];
  const errors = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(url);
  await page.waitForSelector('html.ready');
  return { context, page, requests, errors };
}

/** Waits until the page has taken in what was chosen. */
export const settled = (page) => page.waitForSelector('body:not([aria-busy])');

/** The verdict that the page shows to experts. */
export const verdictShown = async (page) => JSON.parse(await page.locator('#json').textContent());

/** Gives the page what a case of the corpus gives. */
export async function choose(page, { receipt, trust, files, required = [] }) {
  await page.setInputFiles('#receipt-file', receipt);
  await page.setInputFiles('#trust-file', trust ? [trust] : []);
  await page.setInputFiles('#evidence-file', files);
  await page.locator('#require').evaluate((field, text) => {
    field.value = text;
    field.dispatchEvent(new Event('input'));
  }, required.join(' '));
  await settled(page);
}

/** Runs `body` on a new page, and checks that it made no request but that for the page, and no error. */
export async function withPage(browser, options, body) {
  const { context, page, requests, errors } = await opened(browser, options);
  try {
    await body(page);
    assert.deepEqual(
      requests.filter((url) => !/^(?:data:|blob:)/.test(url)),
      [PAGE_URL],
    );
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
  }
}
