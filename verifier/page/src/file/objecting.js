// Signs an objection with the key that is kept on the device, and hands it in.

import { unhex } from '../core/bytes.js';
import { objectionMade } from '../core/objection.js';
import { receiptRead } from '../core/shape.js';
import { filingOf } from './answer.js';
import { asked, Refused } from './api.js';
import { receiptNewest } from './filing.js';
import { filingChange } from './store.js';

const WRONG_NUMBER = 'urn:complaintregistry:problem:objection-number';
// Others may hand in objections between an answer and the next request.
const TRIES = 3;

/** The objection that was signed and not handed in; undefined if there is none. */
export const waiting = (filing) => filing.objections.find((each) => !each.is_handed_in);

/** Signs an objection and keeps it; what is kept of the complaint then. */
export async function objectionSign(filing, text) {
  return signedWith(filing, text, await receiptNewest(filing), filing.objections.length);
}

function signedWith(filing, text, receipt, number) {
  const { address, answer, private_key } = filing;
  const { deployment, promises } = receiptRead(receipt);
  const own = { deployment, id: unhex(answer.complaint_id), filing: filingOf(answer, address) };
  const file = objectionMade(own, unhex(answer.created.data), promises, unhex(private_key), text, number);
  // Not what was read of it: those names are not the same in each build.
  const objection = { file, is_handed_in: false, receipt };
  return filingChange(address, (before) => ({
    ...before,
    objections: [...before.objections.filter((each) => each.is_handed_in), objection],
  }));
}

/** Hands in the signed objection; what is kept then. Signs it again where the server expects another number. */
export async function objectionHandIn(filing) {
  const path = `/api/blockchain/reports/${encodeURIComponent(filing.answer.tracking_id)}/objections/`;
  for (let tries = 1; ; tries++) {
    const { file, receipt } = waiting(filing);
    try {
      await asked('POST', path, { body: file });
      return await handedIn(filing, file);
    } catch (error) {
      const expected = error instanceof Refused && error.problem.type === WRONG_NUMBER && error.problem.expected;
      if (!Number.isInteger(expected) || expected === file.number || expected > 254 || tries === TRIES) throw error;
      filing = await signedWith(filing, file.payload.objection, receipt, expected);
    }
  }
}

const handedIn = (filing, file) =>
  filingChange(filing.address, (before) => ({
    ...before,
    objections: before.objections.map((each) =>
      each.file.data === file.data ? { ...each, is_handed_in: true, receipt: null } : each,
    ),
  }));

export const objectionName = (filing, { file }) => `${filing.answer.tracking_id}.objection-${file.number}.json`;
