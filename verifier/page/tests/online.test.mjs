// verify-online.html in Chromium, with nodes of three hosts that answer over TLS.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL, fileURLToPath } from 'node:url';

import { page as built } from '../build.mjs';
import { launched, missing, opened, settled, verdictShown } from './chromium.mjs';
import { cases } from './corpus.mjs';

const PAGE = fileURLToPath(new URL('../../verify-online.html', import.meta.url));
const PROVED = cases().find(({ name }) => name === 'every_kind_of_link_proved');
const { facts, id } = PROVED.expected.statements.find((each) => each.id.startsWith('header@'));
const NUMBER = Number(id.slice(7));
const LIE = `0x${'ab'.repeat(32)}`;

test('page_online__built__is_the_committed_file_and_may_connect_by_https_only', async () => {
  const text = await built('verify-online.html');
  assert.ok(
    text === readFileSync(PAGE, 'utf8'),
    'verifier/verify-online.html is not what its sources give: run `make page`',
  );
  assert.match(text, /; connect-src https:; /);
});

describe('verify-online.html in Chromium', { skip: missing }, () => {
  let chromium;
  let folder;
  let tls;
  const servers = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'verify-online-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-days',
        '2',
        '-subj',
        '/CN=node',
      ],
      { encoding: 'utf8' },
    );
    assert.equal(made.status, 0, made.stderr);
    tls = { key: readFileSync(key), cert: readFileSync(cert) };
    chromium = await launched({ cutOff: false });
  });
  after(async () => {
    for (const server of servers) server.close();
    await chromium?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A node on an address of this machine that names `hash`; `asked` has the bodies of all requests. */
  async function node(host, hash, { finalized = NUMBER, chain = 31337, alter = null } = {}) {
    const asked = [];
    const answers = (method, [block]) => {
      const altered = alter?.(method, block);
      if (altered !== undefined) return altered;
      if (method === 'eth_chainId') return `0x${chain.toString(16)}`;
      if (block === 'finalized') return { number: `0x${finalized.toString(16)}`, hash };
      return hash && { number: block, hash };
    };
    const server = createServer(tls, async (request, response) => {
      response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Access-Control-Allow-Headers', 'content-type');
      if (request.method === 'OPTIONS') return response.end();
      const body = Buffer.concat(await request.toArray()).toString();
      asked.push(body);
      const { id: number, method, params } = JSON.parse(body);
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: number, result: answers(method, params) }));
    });
    await new Promise((done) => server.listen(0, host, done));
    servers.push(server);
    return { url: `https://${host}:${server.address().port}/`, asked };
  }

  async function ask(urls, body) {
    const { context, page } = await opened(chromium.browser, {
      url: pathToFileURL(PAGE).href,
      ignoreHTTPSErrors: true,
    });
    await page.setInputFiles('#receipt-file', PROVED.receipt);
    await settled(page);
    await page.fill('#nodes', urls.join(' '));
    await page.click('#ask');
    await page.waitForFunction(() => /answered/.test(document.getElementById('nodes-said').textContent));
    await body(page, await verdictShown(page));
    await context.close();
  }

  const headerOf = (verdict) => verdict.statements.find((each) => each.id === id);

  test('ask__two_of_three_agree_and_one_lies__the_lie_changes_nothing', async () => {
    const nodes = [
      await node('127.0.0.1', facts.hash),
      await node('127.0.0.2', LIE),
      await node('127.0.0.3', facts.hash),
    ];
    await ask(
      nodes.map((each) => each.url),
      async (page, verdict) => {
        assert.equal(verdict.verdict, 'PROVED');
        assert.equal(headerOf(verdict).code, 'rpc');
        assert.deepEqual(headerOf(verdict).facts.by, ['127.0.0.1', '127.0.0.3']);
      },
    );
    const { complaint, contract } = PROVED.expected;
    for (const { asked } of nodes) {
      assert.deepEqual(
        asked.map((body) => JSON.parse(body).method),
        ['eth_chainId', 'eth_getBlockByNumber', 'eth_getBlockByNumber'],
      );
      for (const body of asked) for (const secret of [complaint, contract]) assert.ok(!body.includes(secret.slice(2)));
    }
  });

  test('ask__two_disagree__is_not_decided', async () => {
    const nodes = [await node('127.0.0.1', facts.hash), await node('127.0.0.2', LIE)];
    await ask(
      nodes.map((each) => each.url),
      async (page, verdict) => assert.equal(verdict.verdict, 'UNKNOWN'),
    );
  });

  test('ask__two_name_another_block__is_contradicted', async () => {
    const nodes = [await node('127.0.0.1', LIE), await node('127.0.0.2', LIE)];
    await ask(
      nodes.map((each) => each.url),
      async (page, verdict) => assert.equal(headerOf(verdict).code, 'other-block'),
    );
  });

  test('ask__one_is_dead_one_is_not_that_far_and_one_has_another_chain__they_count_for_nothing_and_the_dead_one_is_named', async () => {
    const nodes = [
      await node('127.0.0.1', facts.hash),
      await node('127.0.0.2', facts.hash, { finalized: NUMBER - 1 }),
      await node('127.0.0.3', facts.hash, { chain: 1 }),
    ];
    await ask([...nodes.map((each) => each.url), 'https://127.0.0.4:9/'], async (page, verdict) => {
      assert.equal(verdict.verdict, 'UNKNOWN');
      assert.match(await page.locator('#nodes-said').innerText(), /3 of 4 .*127\.0\.0\.4/);
    });
  });

  const ofChain = (value) => (method) => (method === 'eth_chainId' ? value : undefined);
  const ofFinal = (value) => (method, block) => (block === 'finalized' ? value : undefined);
  const ofBlock = (value) => (method, block) => (method !== 'eth_chainId' && block !== 'finalized' ? value : undefined);
  test('ask__malformed_answers_of_one_of_three__change_nothing_and_later_changes_are_judged', async () => {
    const [one, two] = [await node('127.0.0.1', facts.hash), await node('127.0.0.2', facts.hash)];
    for (const alter of [
      ...['-0x1', '-5', '', ' 1', 31337, -1, null, ['0x7a69'], `0x${'f'.repeat(16)}`].map(ofChain),
      ...[null, 'a text', [], {}, { number: '-1' }, { number: -1 }, { number: '0x1000000000000000' }].map(ofFinal),
      ...['a text', [], {}, true, { hash: null }, { hash: '0x1234' }, { hash: [facts.hash] }].map(ofBlock),
    ]) {
      const third = await node('127.0.0.3', facts.hash, { alter });
      const urls = [one, two, third].map((each) => each.url);
      await ask(urls, async (page, verdict) => {
        assert.deepEqual(headerOf(verdict).facts.by, ['127.0.0.1', '127.0.0.2'], String(alter));
        assert.match(await page.locator('#nodes-said').innerText(), /2 of 3 .*127\.0\.0\.3/);
        const other = cases().find(({ name }) => name === 'links_withheld_unknown');
        await page.setInputFiles('#receipt-file', other.receipt);
        await settled(page);
        assert.equal((await verdictShown(page)).complaint, other.expected.complaint);
        assert.equal((await verdictShown(page)).verdict, 'UNKNOWN');
      });
    }
  });

  test('ask__more_nodes_than_a_trust_holds__is_refused', async () => {
    const { context, page } = await opened(chromium.browser, { url: pathToFileURL(PAGE).href });
    await page.fill('#nodes', Array.from({ length: 101 }, (_, i) => `https://127.0.1.${i}/`).join(' '));
    await page.click('#ask');
    assert.match(await page.locator('#nodes-wrong').innerText(), /each of another host/);
    await context.close();
  });

  test('ask__without_tls_or_twice_the_same_host__is_refused', async () => {
    const { context, page } = await opened(chromium.browser, { url: pathToFileURL(PAGE).href });
    for (const urls of ['http://127.0.0.1:1/', 'https://127.0.0.1:1/ https://127.0.0.1:2/', 'nonsense', '']) {
      await page.fill('#nodes', urls);
      await page.click('#ask');
      assert.match(await page.locator('#nodes-wrong').innerText(), /each of another host/, urls);
    }
    await context.close();
  });
});
