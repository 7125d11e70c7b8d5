// The complainant's key, and the objection that it signs, beside receipt.py.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { choose, launched, missing, withPage } from './chromium.mjs';
import { filedWith } from './filing.mjs';

describe('objections in Chromium', { skip: missing }, () => {
  let chromium;
  before(async () => (chromium = await launched()));
  after(() => chromium?.close());
  const on = (options, body) => withPage(chromium.browser, options, body);

  test('key__made__is_shown_and_saved_with_its_address', async () => {
    await on({}, async (page) => {
      await page.click('#key-make');
      const saved = page.waitForEvent('download');
      await page.click('#key-save');
      const key = JSON.parse(readFileSync(await (await saved).path(), 'utf8'));
      assert.equal(await page.locator('#made-key').innerText(), key.private_key);
      assert.ok((await page.locator('#key-made').innerText()).includes(key.address));
      assert.equal(
        key.address,
        judgedByPython('print(receipt.hex0x(receipt.address_of(int(given["private_key"], 16))))', key),
      );
      await page.click('#key-make');
      assert.notEqual(await page.locator('#made-key').innerText(), key.private_key);
    });
  });

  test('objection__signed__is_what_receipt_py_expects_of_the_complainant', async () => {
    await on({}, async (page) => {
      await page.click('#key-make');
      const keySaved = page.waitForEvent('download');
      await page.click('#key-save');
      const keyPath = await (await keySaved).path();
      const key = JSON.parse(readFileSync(keyPath, 'utf8'));
      await choose(page, { receipt: filedWith(key.address), trust: null, files: [] });
      await page.fill('#text', 'Nobody called me. — „Ü“ 😀');
      await page.fill('#key', `0x${'1'.repeat(64)}`);
      await page.click('#objection-fields button');
      assert.ok((await page.locator('#key-wrong').innerText()).includes(key.address));
      assert.equal(await page.evaluate(() => document.activeElement.id), 'key');
      await page.setInputFiles('#key-file', keyPath);
      await page.waitForFunction(() => document.getElementById('key').value.length === 66);
      await page.fill('#number', '2');
      const saved = page.waitForEvent('download');
      await page.click('#objection-fields button');
      const made = await saved;
      assert.equal(made.suggestedFilename(), 'objection-2.json');
      const objection = JSON.parse(readFileSync(await made.path(), 'utf8'));
      assert.deepEqual(Object.keys(objection).sort(), [
        'complainant',
        'complaint_id',
        'data',
        'number',
        'payload',
        'salt',
        'signature',
        'subject',
      ]);
      const schema = JSON.parse(readFileSync(new URL('../../../docs/schemas/OBJECTED.json', import.meta.url), 'utf8'));
      const { payload } = objection;
      for (const name of schema.required) assert.ok(name in payload, name);
      for (const [name, value] of Object.entries(payload)) {
        const rule = schema.properties[name];
        if (rule.pattern) assert.match(value, new RegExp(rule.pattern), name);
        if (rule.const) assert.equal(value, rule.const);
      }
      const said = judgedByPython(
        `r = given["receipt"]
d = receipt.deployment_read(r["deployment"], "deployment")
o, unhex = given["objection"], bytes.fromhex
data = receipt.keccak(unhex(o["salt"][2:]) + receipt.jcs(o["payload"]))
digest = receipt.objection_digest(d, unhex(r["complaint"]["id"][2:]), data, o["number"])
subject, complainant = unhex(o["subject"][2:]), unhex(o["complainant"][2:])
print(receipt.hex0x(data) == o["data"], receipt.recovered(digest, unhex(o["signature"][2:])) == complainant,
      receipt.hex0x(receipt.keccak(subject + complainant.rjust(32, b"\\0"))) == o["complaint_id"])`,
        { receipt: JSON.parse(filedWith(key.address).buffer), objection },
      );
      assert.equal(said, 'True True True');
    });
  });

  test('objection__receipt_without_a_key__says_that_nobody_can_object', async () => {
    await on({}, async (page) => {
      await choose(page, { receipt: filedWith(`0x${'0'.repeat(40)}`), trust: null, files: [] });
      assert.match(await page.locator('#no-objection').innerText(), /without a key/);
      assert.ok(!(await page.locator('#objection-fields').isVisible()));
    });
  });
});

/** What a piece of Python prints that has receipt.py as `receipt` and the JSON `given`. */
function judgedByPython(code, given) {
  const path = fileURLToPath(new URL('../../', import.meta.url));
  const program = `import json, sys\nsys.path.insert(0, ${JSON.stringify(path)})\nimport receipt\ngiven = json.load(sys.stdin)\n${code}`;
  const { stdout, stderr, status } = spawnSync('python3', ['-B', '-c', program], {
    input: JSON.stringify(given),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}
