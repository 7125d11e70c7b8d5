// Names that the contract numbers, and the words of the verdict.

export const [PROVED, CONTRADICTED, BROKEN, UNKNOWN] = ['PROVED', 'CONTRADICTED', 'BROKEN', 'UNKNOWN'];

export const KINDS = [
  'CREATED',
  'ASSIGNED',
  'STATUS_UPDATED',
  'COMMENTED',
  'RESOLVED',
  'REJECTED',
  'CLOSED',
  'REOPENED',
  'EVIDENCE_ANCHORED',
  'SLA_DEADLINE_SET',
  'SLA_PAUSED',
  'SLA_RESUMED',
  'ESCALATED',
  'OBJECTED',
  'ERASED',
  'NOTED',
];
export const [
  CREATED,
  ,
  ,
  ,
  ,
  ,
  ,
  ,
  EVIDENCE_ANCHORED,
  SLA_DEADLINE_SET,
  SLA_PAUSED,
  SLA_RESUMED,
  ESCALATED,
  OBJECTED,
] = KINDS.keys();

/** Whether a link of this kind commits to a payload. */
export const hasPayload = (kind) => kind < SLA_DEADLINE_SET || kind > ESCALATED;

/** Whether a recorder writes this kind, so that it counts in the nonce. */
export const isRecorders = (kind) => kind !== ESCALATED && kind !== OBJECTED;

/** Whether the link's data is what the clock showed, and the entry's is zero. */
export const isByClock = (kind) => kind === SLA_PAUSED || kind === SLA_RESUMED;

export const STATUSES = ['NONE', 'OPEN', 'ON_HOLD', 'RESOLVED', 'CLOSED'];
export const [NONE, OPEN, ON_HOLD, RESOLVED, CLOSED] = STATUSES.keys();

export const ROLES = ['INTAKE_ROLE', 'RECORDER_ROLE', 'SLA_MANAGER_ROLE'];

/** The role that an entry of this kind needs. */
export function roleOf(kind) {
  if (kind === CREATED) return ROLES[0];
  return kind >= SLA_DEADLINE_SET && kind <= SLA_RESUMED ? ROLES[2] : ROLES[1];
}
