// Asks the nodes that the user names for block headers, and for nothing else: no node learns which complaint is checked.
// Only in verify-online.html.

import { lower } from '../core/bytes.js';
import { jsonRead } from '../core/json.js';
import { $, complain, on, put } from './dom.js';
import { words } from './words.js';

const PATIENCE = 15_000;
const MAX_ANSWER = 2 ** 20;
const MAX_NODES = 100;

/**
 * `chosen.nodes` gets what they said, as part of the trust. `verdict()`: the present one, whose blocks are asked for.
 * `check()`: called once all nodes have answered or failed.
 */
export function prepareNodes(chosen, verdict, check) {
  // Answers about the blocks of one receipt say nothing about another.
  on('receipt-file', 'change', () => {
    chosen.nodes = undefined;
    put('nodes-said', '');
  });
  on('ask', 'click', async () => {
    const urls = $('nodes')
      .value.split(/[\s,]+/)
      .filter(Boolean);
    const isCount = urls.length >= 1 && urls.length <= MAX_NODES;
    const isRight = isCount && urls.every((url) => URL.canParse(url) && url.startsWith('https://'));
    const hosts = isRight ? urls.map((url) => new URL(url).hostname) : [];
    const quorum = Number($('quorum').value);
    const isQuorum = Number.isInteger(quorum) && quorum >= 1 && quorum <= 100;
    complain($('nodes'), isRight && new Set(hosts).size === hosts.length ? null : 'nodes-wrong');
    complain($('quorum'), isQuorum ? null : 'quorum-wrong');
    if (document.querySelector('#nodes-part [aria-invalid]')) return;
    put('nodes-said', words('asking'));
    const receipt = chosen.receipt;
    const ids = verdict()?.statements.map((each) => each.id) ?? [];
    const numbers = ids.filter((id) => id.startsWith('header@')).map((id) => Number(id.slice(7)));
    const results = await Promise.allSettled(urls.map((url, i) => asked(url, hosts[i], numbers)));
    if (receipt !== chosen.receipt) return;
    const silent = hosts.filter((_, i) => results[i].status === 'rejected');
    const answers = results.filter((each) => each.value).map((each) => each.value);
    chosen.nodes = { nodes: { quorum, answers } };
    put(
      'nodes-said',
      words('answered', { count: answers.length, of: hosts.length, silent: silent.length ? silent : '–' }),
    );
    check();
  });
}

async function asked(url, node, numbers) {
  let id = 0;
  const call = async (method, ...params) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE),
    });
    const answer = new Uint8Array(await response.arrayBuffer());
    if (!response.ok || answer.length > MAX_ANSWER) throw new TypeError();
    const { result } = jsonRead(answer);
    if (result === undefined) throw new TypeError();
    return result;
  };
  const chain = quantity(await call('eth_chainId'));
  const finalized = quantity((await call('eth_getBlockByNumber', 'finalized', false)).number);
  const blocks = {};
  for (const number of numbers) {
    const block = await call('eth_getBlockByNumber', `0x${number.toString(16)}`, false);
    blocks[number] = block === null ? null : matching(block.hash, /^0x[0-9a-f]{64}$/);
  }
  return { node, chain_id: chain, finalized, blocks };
}

/** A number as a trust has it. Throws for anything else. */
function quantity(value) {
  const number = Number(matching(value, /^0x[0-9a-f]+$/));
  if (!Number.isSafeInteger(number)) throw new TypeError();
  return number;
}

/** A text in lower case. Throws for anything else. */
function matching(value, form) {
  const text = lower(value);
  if (typeof text !== 'string' || !form.test(text)) throw new TypeError();
  return text;
}
