// The REST API of this page's server. The tokens are in memory only.

import { jsonRead } from '../core/json.js';

const SECONDS = 60;

/** The server answered with an error. `detail`: its own words, in English. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? '');
    Object.assign(this, { status, problem, detail: problem.detail ?? String(status) });
  }
}

/** No answer came, or none of the backend's: whether the request was carried out is not known. */
export class Unanswered extends Error {}

let tokens = null;

export const isLoggedIn = () => tokens !== null;

export async function logIn(username, password) {
  tokens = null;
  tokens = (await sent('POST', '/api/token/', { body: { username, password } })).body;
}

export async function logOut() {
  const { refresh } = tokens ?? {};
  tokens = null;
  if (refresh) await sent('POST', '/api/logout/', { body: { refresh } }).catch(() => {});
}

/** One request: `status` and `body`. Logs in again by the refresh token, once. Throws `Refused` and `Unanswered`. */
export async function asked(method, path, options = {}) {
  try {
    return await sent(method, path, options);
  } catch (error) {
    if (error.status !== 401) throw error;
    await refresh(error);
    return await sent(method, path, options);
  }
}

async function refresh(refusal) {
  const known = tokens?.refresh;
  tokens = null;
  if (!known) throw refusal;
  tokens = (await sent('POST', '/api/token/refresh/', { body: { refresh: known } })).body;
}

async function sent(method, path, { body, key } = {}) {
  const headers = { Accept: '*/*' };
  if (body) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  if (tokens) headers.Authorization = `Bearer ${tokens.access}`;
  let response;
  let bytes;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(SECONDS * 1000),
    });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new Unanswered();
  }
  const answer = parsed(bytes);
  if (response.ok && (answer !== null || response.status === 204)) return { status: response.status, body: answer };
  // A proxy's page says nothing about what the backend did.
  if (response.ok || (response.status >= 500 && !answer)) throw new Unanswered();
  throw new Refused(response.status, answer ?? {});
}

/** Strictly, so that nothing is read here otherwise than by those who verify it; null if it is no JSON. */
function parsed(bytes) {
  try {
    return jsonRead(bytes);
  } catch {
    return null;
  }
}
