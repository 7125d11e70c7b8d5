// The built page in Chromium: opened from disk, and with no network to use.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { choose, isCutOff, launched, missing, opened, PAGE, settled, verdictShown, withPage } from './chromium.mjs';
import { cases, compared, isInvented } from './corpus.mjs';
import { filedWith } from './filing.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const byName = Object.fromEntries(cases().map((each) => [each.name, each]));
const PROVED = byName.every_kind_of_link_proved;
const BROKEN = Object.values(byName).find(({ expected }) => expected.verdict === 'BROKEN' && expected.complaint);
const CONTRADICTED = Object.values(byName).find(
  ({ expected }) => expected.verdict === 'CONTRADICTED' && expected.timeline.length,
);
const blockOf = ({ trust }) => JSON.parse(readFileSync(trust, 'utf8')).blocks[0];

describe('verify.html in Chromium', { skip: missing }, () => {
  let chromium;
  let folder;
  before(async () => {
    chromium = await launched();
    folder = mkdtempSync(join(tmpdir(), 'verify-page-test-'));
  });
  after(async () => {
    await chromium?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const on = (options, body) => withPage(chromium.browser, options, body);

  test('corpus__cases__give_the_expected_json_without_a_network', async (t) => {
    t.diagnostic(
      isCutOff
        ? 'Chromium runs in a network namespace without an interface (unshare -rn)'
        : 'unshare -rn is refused here: the trace of requests shows that there is no connection',
    );
    await on({}, async (page) => {
      // Of the cases on invented chains, every eighth: node has judged them all. With ALL_CASES=1, all.
      const isChosen = ({ receipt }, i) => process.env.ALL_CASES || i % 8 === 0 || !isInvented(receipt);
      const chosen = cases().filter(isChosen);
      const begin = performance.now();
      for (const each of chosen) {
        await choose(page, each);
        assert.deepEqual(compared(await verdictShown(page)), compared(each.expected), each.name);
        const word = await page.locator('#band').getAttribute('class');
        assert.equal(word, `band ${each.expected.verdict.toLowerCase()}`, each.name);
      }
      const seconds = (performance.now() - begin) / 1000;
      t.diagnostic(`${chosen.length} of ${cases().length} cases: ${seconds.toFixed(0)} s`);
    });
  });

  test('policy__script_of_somebody_else_and_connections__are_refused', async () => {
    const { context, page } = await opened(chromium.browser);
    const refused = await page.evaluate(async () => {
      const found = [];
      addEventListener('securitypolicyviolation', (event) => found.push(event.effectiveDirective));
      const script = document.createElement('script');
      try {
        script.text = 'window.ran = true';
        document.body.append(script);
      } catch {
        found.push('trusted types');
      }
      new Image().src = 'https://example.org/x.png';
      await fetch('https://example.org/').catch(() => {});
      await new Promise((done) => setTimeout(done, 200));
      return { found, ran: window.ran };
    });
    assert.equal(refused.ran, undefined);
    assert.ok(refused.found.includes('img-src') && refused.found.includes('connect-src'), refused.found.join());
    await context.close();
  });

  test('http__page_of_a_server__works_and_asks_for_nothing_else', async (t) => {
    const asked = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end(readFileSync(PAGE));
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const other = await launched({ cutOff: false });
    t.after(async () => {
      await other.close();
      server.close();
    });
    const url = `http://127.0.0.1:${server.address().port}/verify/`;
    const { page } = await opened(other.browser, { url });
    await choose(page, PROVED);
    assert.equal((await verdictShown(page)).verdict, 'PROVED');
    assert.deepEqual(asked, ['/verify/']);
  });

  test('keyboard__whole_verification__needs_no_mouse', async () => {
    await on({}, async (page) => {
      const press = (key) => page.keyboard.press(key);
      const focused = () =>
        page.evaluate(() => document.activeElement.id || document.activeElement.parentElement.className);
      const goTo = async (id) => {
        for (let i = 0; i < 60; i++) {
          await press('Tab');
          if ((await focused()) === id) {
            const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
            assert.notEqual(outline, 'none', `${id} shows that it has the focus`);
            return;
          }
        }
        assert.fail(`${id} cannot be reached with the Tab key`);
      };
      const pick = async (id, files) => {
        await goTo(id);
        // A chooser that is still closing swallows the key; a user presses it again.
        let chooser = null;
        for (let i = 0; i < 5 && !chooser; i++) {
          const opening = page.waitForEvent('filechooser', { timeout: 3000 }).catch(() => null);
          await press('Enter');
          chooser = await opening;
        }
        assert.ok(chooser, `${id} opens no chooser`);
        await chooser.setFiles(files);
        await settled(page);
      };
      await pick('receipt-file', PROVED.receipt);
      assert.equal((await verdictShown(page)).verdict, 'UNKNOWN');
      await pick('evidence-file', PROVED.files);
      await goTo('blocks');
      await page.keyboard.type(blockOf(PROVED));
      await goTo('print');
      assert.equal((await verdictShown(page)).verdict, 'PROVED');
      assert.equal(await page.locator('#band').getAttribute('role'), 'status');
      assert.match(await page.locator('#band').innerText(), /Proved/);
      assert.ok(!(await page.locator('#proved').isVisible()));
      await press('Shift+Tab');
      await press('Shift+Tab');
      await press('Enter');
      assert.ok(await page.locator('#proved').isVisible());
    });
  });

  for (const [condition, options] of [
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['dark_on_a_phone_in_German', { colorScheme: 'dark', viewport: { width: 360, height: 740 }, locale: 'de-DE' }],
    ['phone', { viewport: { width: 360, height: 740 } }],
  ]) {
    test(`accessibility__${condition}__axe_finds_nothing_and_nothing_sticks_out`, async () => {
      await on(options, async (page) => {
        await page.evaluate(AXE);
        const look = async (state) => {
          const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
          const found = violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes
                .map((node) => node.html)
                .slice(0, 3)
                .join(' ')}`,
          );
          assert.deepEqual(found, [], state);
          const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(width <= 0, `${state}: ${width} px too wide`);
        };
        await look('empty');
        for (const each of [PROVED, BROKEN, CONTRADICTED, byName.nothing_trusted_unknown]) {
          await choose(page, each);
          await page.evaluate(() => document.querySelectorAll('details').forEach((part) => (part.open = true)));
          await look(each.name);
        }
        await page.fill('#blocks', 'nonsense');
        await page.click('#key-make');
        await look('with a wrong field and a key');
      });
    });
  }

  test('fields__wrong_values__say_so_and_count_for_nothing', async () => {
    await on({}, async (page) => {
      await choose(page, { ...PROVED, trust: null });
      await page.fill('#blocks', '0x12');
      await page.fill('#contract', 'nobody');
      assert.match(await page.locator('#blocks-wrong').innerText(), /not a block hash/);
      assert.match(await page.locator('#contract-wrong').innerText(), /not an address/);
      assert.equal(await page.locator('#blocks').getAttribute('aria-invalid'), 'true');
      assert.equal((await verdictShown(page)).verdict, 'UNKNOWN');
      await page.fill('#blocks', ` ${blockOf(PROVED).toUpperCase().replace('0X', '0x')} `);
      assert.equal(await page.locator('#blocks-wrong').innerText(), '');
      const { contract } = PROVED.expected;
      await page.fill('#contract', contract.toUpperCase().replace('0X', '0x'));
      const verdict = await verdictShown(page);
      assert.equal(verdict.verdict, 'PROVED');
      assert.ok(verdict.statements.some((each) => each.code === 'as-published'));
      await page.fill(
        '#contract',
        contract.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      );
      assert.equal((await verdictShown(page)).verdict, 'CONTRADICTED');
    });
  });

  test('fields__more_blocks_than_a_trust_holds__say_so_and_no_older_verdict_stays', async () => {
    await on({}, async (page) => {
      await choose(page, { ...PROVED, trust: null, required: [] });
      await page.fill('#blocks', blockOf(PROVED));
      assert.equal((await verdictShown(page)).verdict, 'PROVED');
      const many = Array.from({ length: 10_001 }, () => blockOf(PROVED)).join(' ');
      const fill = (text) =>
        page.locator('#blocks').evaluate((field, value) => {
          field.value = value;
          field.dispatchEvent(new Event('input'));
        }, text);
      await fill(many);
      assert.equal((await verdictShown(page)).verdict, 'UNKNOWN');
      assert.match(await page.locator('#word').innerText(), /Not decided/);
      assert.equal(await page.locator('#blocks').getAttribute('aria-invalid'), 'true');
      await page.setInputFiles('#receipt-file', byName.links_withheld_unknown.receipt);
      await settled(page);
      assert.equal((await verdictShown(page)).complaint, byName.links_withheld_unknown.expected.complaint);
      await page.setInputFiles('#receipt-file', PROVED.receipt);
      await fill(blockOf(PROVED));
      await settled(page);
      assert.equal((await verdictShown(page)).verdict, 'PROVED');
    });
  });

  const trustFile = (name, content) => ({
    name,
    mimeType: '',
    buffer: Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content)),
  });

  test('trust_files__that_name_a_contract__are_all_compared_with', async () => {
    await on({}, async (page) => {
      const { contract } = PROVED.expected;
      const other = `0x${'11'.repeat(20)}`;
      await choose(page, { ...PROVED, trust: null, required: [] });
      await page.fill('#blocks', blockOf(PROVED));
      for (const [files, field, code] of [
        [
          [{ deployment: { chain_id: 31337 } }, { address: contract.toUpperCase().replace('0X', '0x'), abi: [] }],
          '',
          'as-published',
        ],
        [[{ deployment: { chain_id: 1 } }, { address: contract }], '', 'differs'],
        [[{ deployment: { chain_id: 1 } }], contract, 'differs'],
        [[{ contract: other }, { contract }], '', 'differs'],
        [[{ contract }, { contract: other }], '', 'differs'],
        [[{ contract }, { address: other }], '', 'differs'],
        [[{ contract: other }], contract, 'differs'],
        [[{ contract }], other, 'differs'],
        [[{ contract }], contract, 'as-published'],
        [[{ deployment: { chain_id: 31337 } }], '', 'not-given'],
      ]) {
        await page.fill('#contract', field);
        await page.setInputFiles(
          '#trust-file',
          files.map((each, i) => trustFile(`${i}.json`, each)),
        );
        await settled(page);
        const { statements } = await verdictShown(page);
        assert.equal(statements.find(({ id }) => id === 'deployment').code, code, JSON.stringify([files, field]));
      }
    });
  });

  test('policy__in_any_encoding__is_read_and_one_that_does_not_parse_is_named', async () => {
    await on({}, async (page) => {
      const signed = byName.signed_by_two_witnesses_proved;
      const { policy } = JSON.parse(readFileSync(signed.trust, 'utf8'));
      await choose(page, { ...signed, trust: null });
      for (const [data, verdict] of [
        [Buffer.from(policy), 'PROVED'],
        [Buffer.from(`\ufeff${policy}`), 'PROVED'],
        [Buffer.from(`\ufeff${policy}`, 'utf16le'), 'PROVED'],
        [Buffer.from(`\ufeff${policy}`, 'utf16le').swap16(), 'PROVED'],
        [Buffer.from(policy.replace('quorum', 'quorom')), 'UNKNOWN'],
        [Buffer.concat([Buffer.from(policy), Buffer.of(0xff)]), 'UNKNOWN'],
      ]) {
        await page.setInputFiles('#trust-file', [trustFile('policy.txt', data)]);
        await settled(page);
        assert.equal((await verdictShown(page)).verdict, verdict);
        assert.equal((await page.locator('#trust-file-wrong').textContent()) === '', verdict === 'PROVED');
      }
    });
  });

  test('texts_of_others__that_look_like_markup__are_shown_as_text', async () => {
    await on({}, async (page) => {
      const evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
      const receipt = JSON.parse(readFileSync(PROVED.receipt, 'utf8'));
      const buffer = Buffer.from(JSON.stringify({ ...receipt, [evil]: 1 }));
      await choose(page, {
        ...PROVED,
        receipt: { name: `${evil.replaceAll('/', '∕')}.receipt.json`, mimeType: '', buffer },
      });
      assert.ok((await page.locator('#ignored').innerText()).includes(evil));
      assert.equal(await page.locator('#result img, #result script').count(), 0);
      assert.equal(await page.title(), 'Check a receipt');
    });
  });

  test('content__disclosed__is_shown_once_it_is_proved_and_as_text', async () => {
    await on({}, async (page) => {
      const payload = {
        v: 2,
        type: 'CREATED',
        witnessed: true,
        changes: { title: [null, '<b>Übler</b> Geruch\nstatus: resolved'] },
      };
      await choose(page, { receipt: filedWith(`0x${'1'.repeat(40)}`, payload), trust: null, files: [] });
      assert.equal(await page.locator('.payload').count(), 0);
      await choose(page, PROVED);
      await page.evaluate(() => document.querySelectorAll('.course details').forEach((each) => (each.open = true)));
      const { openings } = JSON.parse(readFileSync(PROVED.receipt, 'utf8'));
      const shown = await page.locator('.course').innerText();
      for (const [name, [, value]] of Object.entries(openings.links[1].payload.changes))
        assert.ok(shown.includes(String(value)), name);
    });
  });

  test('required__statement_that_the_receipt_has_not__is_named', async () => {
    await on({}, async (page) => {
      await choose(page, { ...PROVED, required: ['promise/9', 'identity'] });
      assert.equal((await verdictShown(page)).verdict, 'UNKNOWN');
      assert.match(await page.locator('#says').innerText(), /promise\/9/);
    });
  });

  test('drop__receipt_trust_and_evidence_together__are_told_apart', async () => {
    await on({}, async (page) => {
      const files = [PROVED.receipt, PROVED.trust, ...PROVED.files].map((path) => [
        path.split('/').at(-1),
        readFileSync(path).toString('base64'),
      ]);
      await page.evaluate((all) => {
        const dropped = new DataTransfer();
        for (const [name, data] of all) {
          dropped.items.add(new File([Uint8Array.from(atob(data), (each) => each.charCodeAt(0))], name));
        }
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
      }, files);
      await page.waitForFunction(() => document.getElementById('word').textContent === 'Proved');
      await settled(page);
      assert.deepEqual(compared(await verdictShown(page)), compared({ ...PROVED.expected }));
    });
  });

  test('print__case_file__has_the_verdict_and_all_statements_and_no_fields', async () => {
    await on({}, async (page) => {
      await choose(page, PROVED);
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      await page.emulateMedia({ media: 'print' });
      for (const part of ['#band', '#compare-list', '#course', '#proved', '#json', '#checked'])
        assert.ok(await page.locator(part).isVisible(), part);
      for (const part of ['#receipt-file', '#blocks', '#print', '#objection', '.languages'])
        assert.ok(!(await page.locator(part).isVisible()), part);
    });
  });

  test('languages__switched__change_every_text_and_no_verdict', async () => {
    await on({}, async (page) => {
      await choose(page, PROVED);
      const before = await verdictShown(page);
      await page.click('#de');
      assert.equal(await page.getAttribute('html', 'lang'), 'de');
      assert.match(await page.locator('#word').innerText(), /Bewiesen/);
      assert.deepEqual(await verdictShown(page), before);
      const english = ['Files', 'Result', 'Compare', 'Object', 'Proved'];
      const text = await page.locator('body').innerText();
      for (const word of english) assert.doesNotMatch(text, new RegExp(`\\b${word}\\b`), word);
    });
  });

  test('evidence__first_read_that_never_ends__is_read_anew', async () => {
    const each = cases().find(({ files, expected }) => files.length && expected.verdict === 'PROVED');
    await on({}, async (page) => {
      await page.evaluate(() => {
        const { stream } = Blob.prototype;
        Blob.prototype.stream = function () {
          const opened = stream.call(this);
          const silent = { read: () => new Promise(() => {}) };
          return { getReader: (options) => (options ? silent : opened.getReader()) };
        };
      });
      await choose(page, each);
      assert.deepEqual(compared(await verdictShown(page)), compared(each.expected));
    });
  });

  test('evidence__film_of_100_MiB__is_read_as_a_stream', async (t) => {
    const film = join(folder, 'film.mp4');
    const file = openSync(film, 'w');
    writeSync(file, 'not only zeros');
    ftruncateSync(file, 100 * 2 ** 20);
    closeSync(file);
    const expected = spawnSync('sha256sum', [film], { encoding: 'utf8' }).stdout.slice(0, 64);
    await on({}, async (page) => {
      await choose(page, PROVED);
      const session = await chromium.browser.newBrowserCDPSession();
      // What processes share counts once.
      const used = async () => {
        const { processInfo } = await session.send('SystemInfo.getProcessInfo');
        const sizes = processInfo.map(({ id }) => {
          try {
            return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))[1]);
          } catch {
            return 0;
          }
        });
        return sizes.reduce((sum, each) => sum + each, 0) / 1024;
      };
      const before = await used();
      let most = before;
      const watch = setInterval(async () => (most = Math.max(most, await used().catch(() => 0))), 50);
      const begin = performance.now();
      await page.setInputFiles('#evidence-file', film);
      await settled(page);
      const seconds = (performance.now() - begin) / 1000;
      clearInterval(watch);
      t.diagnostic(
        `100 MiB: ${seconds.toFixed(2)} s, ${(most - before).toFixed(0)} MiB more in all processes of Chromium`,
      );
      const statement = (await verdictShown(page)).statements.find((each) => each.id === 'file/1');
      assert.equal(statement.facts.sha256, expected);
      assert.ok(most - before < 100, 'MiB');
    });
  });
});
