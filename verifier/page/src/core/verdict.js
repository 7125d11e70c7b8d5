// The verdict on a receipt as JSON (docs/receipt.md, section 7): a function of its arguments, without any I/O.

import { hex } from './bytes.js';
import { jsonRead, Unusable } from './json.js';
import { Judge } from './judge.js';
import { BROKEN, CONTRADICTED, KINDS, NONE, OPEN, PROVED, STATUSES, UNKNOWN } from './names.js';
import { receiptRead } from './shape.js';
import { trustRead } from './trust.js';

export const EXITS = { [PROVED]: 0, [CONTRADICTED]: 1, [BROKEN]: 1, [UNKNOWN]: 2 };

/**
 * `bytes`: of the receipt. `trust`: of `trustRead`. `files`: SHA-256 of each evidence file in hex digits.
 * `required`: ids. `releases`: version, code and places of the immutables of each released contract.
 */
export function verdictOn({ bytes, trust = trustRead({}), files = [], required = [], releases }) {
  let receipt;
  try {
    receipt = receiptRead(jsonRead(bytes));
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    const { at, code, verdict } = error;
    return report(verdict, [{ id: 'receipt', verdict, code, facts: at ? { at } : {} }]);
  }
  const judge = new Judge(receipt, trust, files, releases);
  judge.judge();
  const block = judge.decisive()?.header.number ?? null;
  return report(overall(judge.statements, block, required), judge.statements, {
    block,
    chain_id: receipt.deployment.chain_id,
    contract: hex(receipt.deployment.contract),
    complaint: hex(receipt.id),
    timeline: timeline(judge),
    stops: stops(judge),
    ignored: receipt.ignored,
  });
}

const report = (verdict, statements, more) => ({
  format: 'complaint-registry.verdict',
  version: 1,
  verdict,
  exit: EXITS[verdict],
  block: null,
  chain_id: null,
  contract: null,
  complaint: null,
  timeline: [],
  stops: [],
  ignored: [],
  ...more,
  statements,
});

function overall(statements, block, required) {
  // A block that fell out of the chain is no matter once a newer one is trusted.
  const isOld = ({ code, id }) => code === 'other-block' && id.slice(7) < block;
  for (const word of [BROKEN, CONTRADICTED]) {
    if (statements.some((each) => each.verdict === word && !isOld(each))) return word;
  }
  if (block === null) return UNKNOWN;
  const wanted = ['code', 'state', 'complete'].map((name) => `${name}@${block}`);
  const ids = statements.map((each) => each.id);
  wanted.push(...ids.filter((id) => id.startsWith('file/')));
  for (const name of required) {
    const named = ids.filter((id) => id.split(/[@/]/)[0] === name);
    wanted.push(...(named.length ? named : [name]));
  }
  const proved = new Set(statements.filter((each) => each.verdict === PROVED).map((each) => each.id));
  return wanted.every((id) => proved.has(id)) ? PROVED : UNKNOWN;
}

const lawful = (judge) => judge.states.slice(1).map((state, i) => [judge.receipt.links[i], state]);

const timeline = (judge) =>
  lawful(judge).map(([link, state]) => ({
    sequence: link.sequence,
    type: KINDS[link.type],
    actor: hex(link.actor),
    time: link.time,
    status: STATUSES[state.status],
    sla_deadline: state.deadline,
    escalations: state.escalations,
    objections: state.objections,
    covered: link.sequence <= judge.covered,
  }));

/** Each span in which the clock stood. */
function stops(judge) {
  const found = [];
  let before = NONE;
  let begun = 0;
  for (const [link, { status }] of lawful(judge)) {
    if (status !== before) {
      const open = found.at(-1);
      if (open?.to === null) Object.assign(open, { to: link.sequence, seconds: link.time - begun });
      if (status !== OPEN) {
        found.push({ status: STATUSES[status], from: link.sequence, to: null, seconds: null });
        begun = link.time;
      }
    }
    before = status;
  }
  return found;
}
