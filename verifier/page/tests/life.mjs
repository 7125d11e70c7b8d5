// Uses file.html of a running backend as a complainant does, for backend/tests/pages. The profile is a folder that keeps
// what the browser keeps, so that each call goes on where the last one ended.
//
//     node life.mjs file|object|save|look URL PROFILE USERNAME PASSWORD
//
// Prints one JSON object: paths of what was saved, and what the page said.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium } from 'playwright-core';

import { ARGUMENTS, BINARY } from './chromium.mjs';

const [act, url, profile, username, password] = process.argv.slice(2);
const DRAFT = {
  issue_title: 'Pothole “Ü” 😀',
  location: 'Mill Lane 12',
  issue_description: ' Half a metre wide.\n\nDeep. ',
};

const context = await chromium.launchPersistentContext(profile, {
  executablePath: BINARY,
  headless: true,
  args: ARGUMENTS,
  locale: 'en-GB',
  acceptDownloads: true,
});
const page = await context.newPage();
const errors = [];
page.on('pageerror', (error) => errors.push(String(error)));
page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));

const idle = () => page.waitForSelector('body:not([aria-busy])');
const said = (id) => page.locator(`#${id}`).innerText();

async function open() {
  await page.goto(url);
  await page.waitForSelector('html.ready');
}

async function enter() {
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('#login-fields button');
  await page.waitForSelector('#leave:not([hidden])');
  await idle();
}

async function saved(button) {
  const download = page.waitForEvent('download');
  await page.click(button);
  const file = await download;
  const path = `${profile}/${file.suggestedFilename()}`;
  await file.saveAs(path);
  await idle();
  return path;
}

const acts = {
  /** Files with a reload after writing, another after the filing was accepted, and saves key and receipt. */
  async file() {
    await open();
    for (const [name, value] of Object.entries(DRAFT)) await page.fill(`#${name}`, value);
    await page.waitForTimeout(200);
    await open();
    await enter();
    await page.click('#submit');
    await page.waitForSelector('#accepted-part:not([hidden])');
    await idle();
    await open();
    const checks = await said('checks');
    const wrong = await said('accepted-wrong');
    const before = await page.locator('main').innerText();
    await enter();
    const receipt = await saved('#export');
    return { receipt, checks, wrong, isFiledBefore: /Filed\./.test(before), filed: await said('export-said') };
  },

  /** Objects to the complaint that is kept, and saves the newest receipt. */
  async object() {
    await open();
    await enter();
    await page.click('.object');
    await page.fill('#text', 'It was closed, and the hole is still there.');
    const objection = await saved('#objection-fields button');
    const handedIn = await said('objection-said');
    return { objection, handedIn };
  },

  /** Whom axe-core finds a page closed to, and pages that are wider than a telephone. */
  async look() {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const violations = [];
    await page.setViewportSize({ width: 320, height: 700 });
    for (const path of ['/', '/statistics/', '/file/', '/verify/', '/verify/online/']) {
      await page.goto(new URL(path, url).href);
      // The texts of a page that has a script are entered by it.
      if (await page.locator('script').count()) await page.waitForSelector('html.ready');
      const client = await context.newCDPSession(page);
      // Of the test, not of the page: its policy stays as it is.
      await client.send('Runtime.evaluate', { expression: axe, allowUnsafeEvalBlockedByCSP: true });
      const found = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
      violations.push(...found.violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0].html}`));
      const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (width > 0) violations.push(`${path}: ${width} pixels too wide`);
      await page.screenshot({ path: `${profile}/page${path.replaceAll('/', '-')}.png`, fullPage: true });
    }
    return { violations };
  },

  async save() {
    await open();
    await enter();
    return { receipt: await saved('.save-again') };
  },
};

try {
  console.log(JSON.stringify({ ...(await acts[act]()), errors }));
} finally {
  await context.close();
}
