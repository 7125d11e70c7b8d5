// file.html: how it is built; and in Chromium, that nothing is lost and nothing secret leaves the device.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';

import { page as built } from '../build.mjs';
import { FILE_TEXTS } from '../src/file/texts.js';
import { missing } from './chromium.mjs';
import {
  DRAFT,
  enter,
  filed,
  idle,
  kept,
  on,
  opened,
  prepared,
  reload,
  said,
  saved,
  submit,
  write,
} from './file-page.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

test('file_html__every_button__has_a_name_from_the_start', () => {
  const source = readFileSync(new URL('../src/file/page.html', import.meta.url), 'utf8');
  const buttons = [...source.matchAll(/<button([^>]*)>([^<]*)<\/button>/g)];
  assert.ok(buttons.length > 5);
  assert.deepEqual(
    buttons.filter(([, attributes, text]) => !text && !/ data-t\b/.test(attributes)).map(([button]) => button),
    [],
  );
});

test('file_html__built__is_the_committed_file_and_connects_to_its_server_only', async () => {
  const text = await built('file.html');
  assert.ok(
    text === readFileSync(new URL('../../file.html', import.meta.url), 'utf8'),
    'verifier/file.html is not what its sources give: run `make page`',
  );
  assert.equal(await built('file.html'), text);
  assert.match(
    text,
    /"default-src 'none'; script-src 'sha256-[^;]+'; style-src 'sha256-[^;]+'; img-src data:; connect-src 'self';/,
  );
  const markup = text.replace(/<script>[^]*<\/script>/, '').replace(/<style>[^]*<\/style>/, '');
  assert.doesNotMatch(markup, /\s(?:on\w+|style)=|javascript:|\s(?:src|action|srcset|data|poster|ping)=/i);
  assert.doesNotMatch(
    text,
    /\b(?:XMLHttpRequest|WebSocket|EventSource|sendBeacon|RTCPeerConnection|importScripts|Worker|localStorage|sessionStorage)\b|document\.cookie|\beval\(|\bFunction\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write/,
  );
  assert.equal(text.match(/\bfetch\(/g).length, 1);
});

test('file_texts__each__is_there_in_both_languages_with_the_same_facts', () => {
  for (const [key, both] of Object.entries(FILE_TEXTS)) {
    assert.equal(both.length, 2, key);
    const facts = both.map((text) => (text.match(/\{[^}]*\}/g) ?? []).sort());
    assert.deepEqual(facts[0], facts[1], key);
    for (const text of both) assert.match(text, /^\S[^\n]*\S$|^\S$/, key);
  }
});

describe('file.html in Chromium', { skip: missing }, () => {
  const own = prepared();
  const posted = () => own.server.asked.filter(({ method, path }) => method === 'POST' && path === '/api/reports/');

  test('life__reloaded_at_each_step__loses_nothing_and_files_once', async () => {
    await on(own, {}, async (page) => {
      await write(page);
      const [{ address, private_key }] = await kept(page);
      await reload(page);
      for (const [name, value] of Object.entries(DRAFT)) assert.equal(await page.inputValue(`#${name}`), value);
      await submit(page);
      assert.match(await said(page, 'complaint-said'), /Log in first/);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'username');
      await enter(page, 'wrong');
      assert.match(await said(page, 'login-said'), /No active account/);
      await enter(page);
      // The server files it, and its answer is lost.
      own.server.drop('/api/reports/');
      await submit(page);
      assert.match(await said(page, 'complaint-said'), /does not answer/);
      assert.equal(own.server.filed.size, 1);
      await reload(page);
      assert.match(await said(page, 'complaint-said'), /no answer has arrived/);
      assert.equal(await page.inputValue('#issue_title'), DRAFT.issue_title);
      assert.ok(!(await page.locator('#issue_title').isEditable()));
      await enter(page);
      await submit(page);
      assert.equal(own.server.filed.size, 1);
      const [first, second] = posted();
      assert.deepEqual(second.body, { ...DRAFT, complainant_address: address });
      assert.deepEqual(first.body, second.body);
      assert.equal(first.headers['idempotency-key'], second.headers['idempotency-key']);
      assert.ok(first.headers['idempotency-key'].length >= 32);
      await reload(page);
      assert.match(await said(page, 'accepted-said'), /counts as filed once/);
      assert.match(await said(page, 'checks'), /stands for your text and your key.*promise is valid/s);
      assert.doesNotMatch(await page.locator('main').innerText(), /Filed\./);
      await enter(page);
      const { name, content } = await saved(page, '#export');
      assert.equal(name, 'TRACKING0.with-key.receipt.json');
      assert.match(await said(page, 'export-said'), /^Filed\. TRACKING0/);
      assert.deepEqual(content.complainant_key, { format: 'complaint-registry.key', address, private_key });
      assert.equal(content.openings.complainant, address);
      assert.match(await said(page, 'own-list'), /TRACKING0 Pothole/);
      await reload(page);
      assert.match(await said(page, 'own-list'), /TRACKING0 Pothole/);
      assert.equal(await page.inputValue('#issue_title'), '');
    });
  });

  test('device__after_a_whole_life__keeps_no_password_and_no_token_and_sends_no_key', async () => {
    await on(own, {}, async (page, context) => {
      const { content } = await filed(page);
      const all = JSON.stringify(await kept(page));
      for (const secret of ['right', 'access', 'refresh']) assert.ok(!all.includes(`"${secret}"`), secret);
      assert.deepEqual(await context.cookies(), []);
      const { private_key } = content.complainant_key;
      for (const { body, path, headers } of own.server.asked) {
        assert.ok(!JSON.stringify([body, path, headers]).includes(private_key.slice(2)));
        assert.equal(headers.cookie, undefined);
      }
      await page.click('#leave');
      await idle(page);
      assert.ok(await page.locator('#username').isVisible());
      assert.equal(await page.inputValue('#password'), '');
    });
  });

  test('device__complaint_removed__keeps_nothing_of_it', async () => {
    await on(own, {}, async (page) => {
      await filed(page);
      page.once('dialog', (dialog) => dialog.dismiss());
      await page.click('.forget');
      assert.equal((await kept(page)).length, 1);
      page.once('dialog', (dialog) => dialog.accept());
      await page.click('.forget');
      await idle(page);
      assert.deepEqual(await kept(page), []);
      assert.ok(await page.locator('#none').isVisible());
      assert.equal(await page.inputValue('#issue_description'), '');
      await reload(page);
      assert.ok(await page.locator('#none').isVisible());
    });
  });

  test('filing__refused_by_the_server__can_be_corrected_and_filed', async () => {
    await on(own, {}, async (page) => {
      await write(page, { ...DRAFT, location: 'forbidden' });
      await enter(page);
      await submit(page);
      assert.equal(await said(page, 'location-wrong'), 'Not there.');
      assert.match(await said(page, 'complaint-said'), /The server refused: Invalid fields/);
      await page.fill('#location', 'allowed');
      await submit(page);
      assert.equal([...own.server.filed.values()][0].location, 'allowed');
    });
  });

  test('filing__fields_empty_or_too_long__are_named_and_nothing_is_sent', async () => {
    await on(own, {}, async (page) => {
      await enter(page);
      await page.fill('#location', 'x'.repeat(201));
      await page.fill('#issue_title', '   ');
      await submit(page);
      assert.match(await said(page, 'issue_title-wrong'), /fill in/);
      assert.match(await said(page, 'location-wrong'), /At most 200/);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'issue_title');
      assert.equal(posted().length, 0);
    });
  });

  test('filing__sent_from_another_open_page__is_not_overwritten_or_filed_twice', async () => {
    await on(own, {}, async (page, context) => {
      await write(page);
      const other = await opened(own.server, context);
      assert.equal(await other.inputValue('#issue_title'), DRAFT.issue_title);
      await enter(page);
      await submit(page);
      await enter(other);
      await other.fill('#issue_title', 'Changed later');
      await submit(other);
      assert.match(await said(other, 'accepted-said'), /accepted your complaint as TRACKING0/);
      assert.equal(own.server.filed.size, 1);
      const [one] = await kept(other);
      assert.deepEqual(one.draft, DRAFT);
    });
  });

  test('filing__repeated_when_the_server_has_forgotten_its_idempotency_key__finds_the_earlier_one', async () => {
    await on(own, {}, async (page) => {
      await write(page);
      await enter(page);
      own.server.drop('/api/reports/');
      await submit(page);
      await page.evaluate(
        () =>
          new Promise((resolve) => {
            indexedDB.open('complaint-registry', 1).onsuccess = ({ target }) => {
              const store = target.result.transaction('filings', 'readwrite').objectStore('filings');
              store.getAll().onsuccess = (event) => {
                const [filing] = event.target.result;
                store.put({ ...filing, sent_at: filing.sent_at - 2 * 86_400_000 }).onsuccess = resolve;
              };
            };
          }),
      );
      await reload(page);
      await enter(page);
      await submit(page);
      assert.equal(posted().length, 1);
      assert.match(await said(page, 'accepted-said'), /TRACKING0/);
    });
  });

  test('keyboard__alone__is_enough_to_file', async () => {
    await on(own, {}, async (page) => {
      const to = async (id) => {
        for (let i = 0; i < 40; i++) {
          if ((await page.evaluate(() => document.activeElement.id || document.activeElement.textContent)) === id)
            return;
          await page.keyboard.press('Tab');
        }
        assert.fail(`${id} is not reached by Tab`);
      };
      await to('username');
      await page.keyboard.type('anne');
      await page.keyboard.press('Tab');
      await page.keyboard.type('right');
      await page.keyboard.press('Enter');
      await idle(page);
      for (const [name, value] of Object.entries({ issue_title: 'A', location: 'B', issue_description: 'C' })) {
        await to(name);
        await page.keyboard.type(value);
      }
      await to('submit');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.activeElement.id === 'accepted');
      await to('export');
      const download = page.waitForEvent('download');
      await page.keyboard.press('Enter');
      await download;
      await idle(page);
      assert.match(await said(page, 'export-said'), /^Filed/);
    });
  });

  for (const [what, options] of Object.entries({
    light: {},
    dark: { colorScheme: 'dark' },
    narrow: { viewport: { width: 360, height: 700 } },
    german: { locale: 'de-DE' },
  })) {
    test(`axe__every_state_${what}__has_no_violation`, async () => {
      await on(own, { ...options, bypassCSP: true }, async (page) => {
        const violations = async () => {
          await page.evaluate(AXE);
          const found = await page.evaluate(() => globalThis.axe.run());
          return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
        };
        assert.deepEqual(await violations(), []);
        await submit(page);
        assert.deepEqual(await violations(), []);
        await write(page);
        await enter(page);
        await submit(page);
        assert.deepEqual(await violations(), []);
        await saved(page, '#export');
        await page.click('.object');
        assert.deepEqual(await violations(), []);
        const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(width <= 0, `${width} pixels too wide`);
        assert.equal(await page.evaluate(() => document.documentElement.lang), what === 'german' ? 'de' : 'en');
      });
    });
  }
});
