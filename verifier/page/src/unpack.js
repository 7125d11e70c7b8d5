// What `build.mjs` packs: texts, and the code of each release.

import { RELEASES, TEXTS } from 'packed';

import { decoded } from './base85.js';

async function inflated(text) {
  const stream = new Blob([decoded(text)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function textsUnpacked() {
  const lines = new TextDecoder().decode(await inflated(TEXTS)).split('\n');
  const count = lines.length / 3;
  return Object.fromEntries(lines.slice(0, count).map((key, i) => [key, [lines[count + i], lines[2 * count + i]]]));
}

export const releasesUnpacked = () =>
  Promise.all(RELEASES.map(async ({ code, ...rest }) => ({ ...rest, code: await inflated(code) })));
