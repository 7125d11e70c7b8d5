// file.html: what it makes of the server's answers, what it saves, and the objections that it signs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { unhex } from '../src/core/bytes.js';
import { FOREVER } from '../src/core/shape.js';
import { receiptPromised, receiptServed } from '../src/file/answer.js';
import { missing } from './chromium.mjs';
import {
  DRAFT,
  enter,
  filed,
  idle,
  judgedByPython,
  OBJECTION,
  on,
  prepared,
  reload,
  said,
  saved,
  submit,
  verdictOfPython,
  write,
} from './file-page.mjs';
import { DEPLOYMENT, promiseOf, reportOf } from './filing-server.mjs';

const ADDRESS = `0x${'ad'.repeat(20)}`;
const ANSWER = reportOf({ ...DRAFT, complainant_address: ADDRESS });
const RECEIPT = receiptPromised(ANSWER, ADDRESS, DEPLOYMENT);

test('receipt_served__without_the_promise__gets_the_promise_that_was_given', () => {
  const served = receiptServed(
    { ...RECEIPT, promises: [], openings: { ...RECEIPT.openings, promises: {} } },
    ANSWER,
    ADDRESS,
  );
  assert.deepEqual(served.promises, RECEIPT.promises);
  assert.deepEqual(receiptServed(RECEIPT, ANSWER, ADDRESS), RECEIPT);
});

test('receipt_served__of_another_complaint_or_none__is_not_taken', () => {
  const other = reportOf({ ...DRAFT, location: 'Elsewhere', complainant_address: ADDRESS });
  assert.equal(receiptServed(receiptPromised(other, ADDRESS, DEPLOYMENT), ANSWER, ADDRESS), null);
  const openings = { ...RECEIPT.openings, complainant: `0x${'00'.repeat(20)}` };
  for (const wrong of [
    {},
    null,
    { ...RECEIPT, openings },
    { ...RECEIPT, openings: undefined },
    { ...RECEIPT, version: 2 },
  ]) {
    assert.equal(receiptServed(wrong, ANSWER, ADDRESS), null);
  }
});

describe('answers to file.html', { skip: missing }, () => {
  const own = prepared();

  test('export__before_the_first_proof__is_a_receipt_for_receipt_py_with_the_promise', async () => {
    await on(own, {}, async (page) => {
      const { content } = await filed(page);
      const verdict = verdictOfPython(content);
      const codes = Object.fromEntries(verdict.statements.map(({ id, code }) => [id, code]));
      assert.equal(codes.identity, 'id-matches');
      // Not `signature`, not `opening-differs`, not `exchanged`: only a trusted block is missing.
      assert.equal(codes['promise/1'], 'header-not-trusted');
      assert.deepEqual(verdict.ignored, ['complainant_key']);
      const redacted = judgedByPython('print(receipt.jcs(receipt.redacted(given, ["id"])).decode())', content);
      assert.ok(!redacted.includes(content.complainant_key.private_key.slice(2)));
      const open = await saved(page, '.save-open');
      assert.equal(open.name, 'TRACKING0.receipt.json');
      assert.ok(!JSON.stringify(open.content).includes(content.complainant_key.private_key.slice(2)));
      assert.equal(verdictOfPython(open.content).verdict, 'UNKNOWN');
    });
  });

  const flipped = (text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
  const LIES = {
    'other text': [(a) => ({ ...a, created: withChange(a.created, 'location', 'Elsewhere') }), /text is not yours/],
    'other salt': [(a) => ({ ...a, complaint_salt: flipped(a.complaint_salt) }), /id is not that/],
    'other tracking id': [(a) => ({ ...a, tracking_id: 'OTHER' }), /id is not that/],
    'other id': [(a) => ({ ...a, complaint_id: flipped(a.complaint_id) }), /id is not that/],
    'other data': [(a) => ({ ...a, created: { ...a.created, data: flipped(a.created.data) } }), /fingerprint/],
    'other signature': [(a) => withPromise(a, { signature: flipped(a.promise.signature) }), /signature is not valid/],
    'other signer': [(a) => withPromise(a, { actor: flipped(a.promise.actor) }), /signature is not valid/],
    'promise about other data': [(a) => withPromise(a, { data: flipped(a.promise.data) }), /about something else/],
    'promise with another nonce': [(a) => withPromise(a, { nonce: 1 }), /about something else/],
    'promise that expires': [
      (a) => ({ ...a, promise: promiseOf(unhex(a.complaint_id), unhex(a.created.data), FOREVER - 1) }),
      /What is wrong: the promise is about something else, or it expires\./,
    ],
    'promise of another contract': [
      (a) => withPromise(a, { typed_data: { ...a.promise.typed_data, message: { genesis: `0x${'00'.repeat(22)}` } } }),
      /signature is not valid/,
    ],
    'nothing signed': [(a) => withPromise(a, { signature: '0x' }), /parts of the answer are missing/],
    'no salt': [(a) => ({ ...a, complaint_salt: undefined }), /parts of the answer are missing/],
    'nothing at all': [() => ({}), /parts of the answer are missing/],
  };
  const withPromise = (answer, changed) => ({ ...answer, promise: { ...answer.promise, ...changed } });
  const withChange = ({ payload, ...rest }, name, value) => ({
    ...rest,
    payload: { ...payload, changes: { ...payload.changes, [name]: [null, value] } },
  });
  for (const [what, [lie, expected]] of Object.entries(LIES)) {
    test(`answer__${what.replaceAll(' ', '_')}__is_not_believed_and_never_called_filed`, async () => {
      await on(own, {}, async (page) => {
        own.server.lie = lie;
        await write(page);
        await enter(page);
        await submit(page);
        assert.match(await said(page, 'accepted-wrong'), /Do not rely on this filing/);
        assert.match(await said(page, 'accepted-wrong'), expected);
        assert.equal(await said(page, 'accepted-said'), '');
        const { name, content } = await saved(page, '#export');
        assert.match(name, /\.answer-with-key\.json$/);
        assert.ok(content.answer);
        assert.ok(content.complainant_key.private_key);
        assert.doesNotMatch(await page.locator('main').innerText(), /Filed\./);
        assert.ok(await page.locator('#none').isVisible());
      });
    });
  }

  test('answer__without_a_promise__says_why_and_can_be_asked_for_later', async () => {
    await on(own, {}, async (page) => {
      own.server.lie = (answer) => ({
        ...answer,
        promise: null,
        promise_reason: 'The signer is currently unavailable.',
      });
      await write(page);
      await enter(page);
      await submit(page);
      assert.match(await said(page, 'checks'), /no signed promise\. The server says: The signer is currently/);
      own.server.lie = (answer) => answer;
      await page.click('#ask-promise');
      await idle(page);
      assert.match(await said(page, 'checks'), /promise is valid/);
      const { content } = await saved(page, '#export');
      assert.equal(content.promises.length, 1);
    });
  });

  test('objection__signed_from_the_kept_key__is_handed_in_with_the_number_that_the_server_expects', async () => {
    await on(own, {}, async (page) => {
      const { content } = await filed(page);
      await reload(page);
      await enter(page);
      own.server.objections.push({}, {});
      await page.click('.object');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'objection');
      await page.click('#objection-fields button');
      assert.match(await said(page, 'text-wrong'), /1 to 5,000/);
      await page.fill('#text', 'Nobody called me. — „Ü“ 😀');
      const { name, content: objection } = await saved(page, '#objection-fields button');
      assert.equal(name, 'TRACKING0.objection-2.json');
      assert.match(await said(page, 'objection-said'), /was accepted and will be recorded/);
      assert.deepEqual(own.server.objections[2], objection);
      assert.equal(objection.payload.cites.length, 1);
      assert.equal(judgedByPython(OBJECTION, { receipt: content, objection }), 'True True True');
    });
  });

  test('objection__answer_lost__is_kept_and_handed_in_again_as_it_was', async () => {
    await on(own, {}, async (page) => {
      await filed(page);
      await page.click('.object');
      await page.fill('#text', 'No.');
      own.server.drop('/api/blockchain/reports/TRACKING0/objections/');
      const { content } = await saved(page, '#objection-fields button');
      assert.match(await said(page, 'objection-said'), /was not handed in/);
      await reload(page);
      await enter(page);
      await page.click('.object');
      assert.equal(await page.inputValue('#text'), 'No.');
      await page.click('#hand-in');
      await idle(page);
      const sent = own.server.asked.filter(({ path }) => path.endsWith('/objections/')).map(({ body }) => body);
      assert.deepEqual(sent[0], content);
      assert.deepEqual(sent[1], content);
    });
  });

  test('key_file__of_the_exported_receipt__is_taken_by_verify_html', async () => {
    await on(own, { acceptDownloads: true }, async (page, context) => {
      const { content } = await filed(page);
      const file = {
        name: 'x.receipt.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(content)),
      };
      const verify = await context.newPage();
      await verify.route('**/verify/', (route) =>
        route.fulfill({ path: fileURLToPath(new URL('../../verify.html', import.meta.url)), contentType: 'text/html' }),
      );
      await verify.goto(new URL('/verify/', own.server.url).href);
      await verify.waitForSelector('html.ready');
      await verify.setInputFiles('#receipt-file', file);
      await verify.waitForSelector('#objection-fields:not([hidden])');
      await verify.setInputFiles('#key-file', file);
      await verify.waitForFunction(() => document.getElementById('key').value.length === 66);
      await verify.fill('#text', 'No.');
      const download = verify.waitForEvent('download');
      await verify.click('#objection-fields button');
      const objection = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
      assert.equal(judgedByPython(OBJECTION, { receipt: content, objection }), 'True True True');
    });
  });
});
