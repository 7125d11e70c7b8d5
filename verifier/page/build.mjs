// Builds verifier/verify.html, which opens no connection, verify-online.html, which can ask nodes, and file.html, which
// files complaints with the server that serves it. Each is one file, with the same bytes on every machine.
//
//     node build.mjs [FOLDER]

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { deflateSync } from 'fflate';

import { releases } from './releases.mjs';
import { encoded } from './src/base85.js';
import { FILE_TEXTS } from './src/file/texts.js';
import { ONLINE_TEXTS } from './src/online-texts.js';
import { TEXTS } from './src/texts.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What each page is made of. `connects`: where to it may open connections. */
export const PAGES = {
  'verify.html': { source: 'src', texts: TEXTS, connects: '', hasReleases: true },
  'verify-online.html': { source: 'src', texts: { ...TEXTS, ...ONLINE_TEXTS }, connects: 'https:', hasReleases: true },
  'file.html': { source: 'src/file', texts: FILE_TEXTS, connects: "'self'", hasReleases: false },
};

const squeezed = (bytes) => encoded(deflateSync(bytes, { level: 9, mem: 12 }));

/**
 * The texts and the runtime code of the releases, which are most of the page, compressed. By a library, since node's own
 * compression differs between versions.
 */
const packed = ({ texts: table, connects, hasReleases }) => ({
  name: 'packed',
  setup({ onResolve, onLoad }) {
    // Why bytes prove nothing is for readers of the source; nothing shows it.
    onLoad({ filter: /\/core\/\w+\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/new Bad\('[^']*'\)/g, 'new Bad()'),
    }));
    if (!connects) onResolve({ filter: /\/nodes\.js$/ }, () => ({ path: here('src/view/no-nodes.js') }));
    onResolve({ filter: /^packed$/ }, ({ path }) => ({ path, namespace: path }));
    onLoad({ filter: /.*/, namespace: 'packed' }, () => {
      const known = hasReleases ? releases() : [];
      const codes = known.map(({ code, ...rest }) => ({ ...rest, code: squeezed(code) }));
      // Keys, then each language: what is alike comes together, and is shorter then.
      const lines = [Object.keys(table), ...[0, 1].map((i) => Object.values(table).map((text) => text[i]))].flat();
      const texts = squeezed(new TextEncoder().encode(lines.join('\n')));
      return { contents: `export const TEXTS=${JSON.stringify(texts)},RELEASES=${JSON.stringify(codes)}` };
    });
  },
});

async function bundled(entry, made) {
  const { outputFiles } = await build({
    absWorkingDir: here('.'),
    entryPoints: [entry],
    bundle: true,
    minify: true,
    charset: 'utf8',
    format: 'iife',
    legalComments: 'none',
    // Names that no JSON has, and nothing reads by a text.
    mangleProps:
      /^(?:attestations|codes|compareAnchors|coveredLinks|covers|decisive|fail|filing|goesOn|hashes|heads|held(?:Anchors)?|opened|parent|position|space|storage|take|givesId|hasKnownCode|is(?:Complete|Entry|Known|Shown|Trusted)|openedPromises|roles|showsFiling|states|unanchored|witnesses)$/,
    target: ['chrome105', 'firefox115', 'safari16.4'],
    plugins: [packed(made)],
    write: false,
  });
  return outputFiles[0].text.trim();
}

/** A page as text. */
export async function page(name = 'verify.html') {
  const made = PAGES[name];
  const { source, connects } = made;
  const script = await bundled(`${source}/main.js`, made);
  const style = await bundled(`${source}/page.css`, made);
  if (/<\/(?:script|style)|<!--/i.test(script + style)) throw new Error('a text would end its element');
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    ...(connects ? [`connect-src ${connects}`] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  const parts = { policy, style, script };
  const markup = readFileSync(here(`${source}/page.html`), 'utf8')
    .replace(connects ? /<!--\/?online-->/g : /<!--online-->[^]*?<!--\/online-->\n/, '')
    .replace(/>\n</g, '><')
    .replace(/="([\w-]+)"/g, '=$1');
  return markup.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? here('..');
  for (const name of Object.keys(PAGES)) {
    const text = await page(name);
    writeFileSync(join(folder, name), text);
    console.log(`${name}: ${Buffer.byteLength(text)} bytes`);
  }
}
