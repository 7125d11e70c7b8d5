// Kubo's RPC, as far as the backend uses it, on the reference importer: node server.mjs FOLDER
// A fault is chosen by the URL: /fault/NAME/api/v0/... . A header AUTHORIZATION in the environment is required of all.
import { createServer } from 'node:http'
import { FsBlockstore } from 'blockstore-fs'
import { exporter } from 'ipfs-unixfs-exporter'
import { importBytes } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'

const store = new FsBlockstore(process.argv[2])
await store.open()
const pins = new Set()

async function all (chunks) {
  const list = []
  for await (const chunk of chunks) list.push(chunk)
  return Buffer.concat(list)
}
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

function fileOf (body) { // the only part of a form
  const boundary = body.subarray(0, body.indexOf('\r\n'))
  const start = body.indexOf('\r\n\r\n') + 4
  return body.subarray(start, body.lastIndexOf(Buffer.concat([Buffer.from('\r\n'), boundary])))
}

function error (response, status, message) {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ Message: message, Code: 0, Type: 'error' }))
}

async function add (query, request, response, fault) {
  let file = fileOf(await all(request))
  if (fault === 'wrong-cid') file = Buffer.concat([file, Buffer.from('!')])
  const { cid } = await importBytes(file, store, {
    cidVersion: Number(query.get('cid-version')),
    rawLeaves: query.get('raw-leaves') === 'true',
    chunker: fixedSize({ chunkSize: Number(query.get('chunker').replace('size-', '')) }),
    layout: balanced({ maxChildrenPerNode: Number(query.get('max-file-links')) })
  })
  if (fault === 'no-hash') return response.end('{}\n')
  const answer = JSON.stringify({ Name: 'evidence', Hash: cid.toString(), Size: String(file.length) }) + '\n'
  if (fault !== 'unpinned') pins.add(cid.toString())
  if (fault === 'stream-error') { // what Kubo does when it fails after it has named the file
    response.writeHead(200, { Trailer: 'X-Stream-Error' })
    response.write(answer)
    response.addTrailers({ 'X-Stream-Error': 'pin: no space left on device' })
    return response.end()
  }
  response.end(answer)
}

function listPin (query, response, fault) {
  const cid = query.get('arg')
  if (fault === 'no-keys') return response.end('{}')
  if (fault === 'unpinned' || !pins.has(cid)) return error(response, 500, `path '${cid}' is not pinned`)
  response.end(JSON.stringify({ Keys: { [cid]: { Type: query.get('type') } } }))
}

async function cat (query, response, fault) {
  let file
  try {
    const entry = await exporter(CID.parse(query.get('arg')), store)
    file = await all(entry.content({ length: Math.min(Number(query.get('length')), Number(entry.size)) }))
  } catch {
    return error(response, 500, `block was not found locally (offline): ipld: could not find ${query.get('arg')}`)
  }
  if (fault === 'flipped') file[file.length >> 1] ^= 1
  if (fault === 'cut') { // what Kubo does when it fails in mid-stream
    response.writeHead(200, { Trailer: 'X-Stream-Error' })
    response.write(file.subarray(0, file.length >> 1))
    response.addTrailers({ 'X-Stream-Error': 'context canceled' })
    return response.end()
  }
  if (fault === 'dripping-chunk') {
    // One chunk of the size of the file, byte by byte, past Node's own chunks.
    response.flushHeaders()
    response.socket.write(`${file.length.toString(16)}\r\n`)
    for (const byte of file) { response.socket.write(Buffer.from([byte])); await sleep(0.1) }
    return response.socket.end()
  }
  if (fault === 'dripping') {
    for (const byte of file) { response.write(Buffer.from([byte])); await sleep(0.1) }
    return response.end()
  }
  response.end(file)
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost')
  const [, fault, command] = url.pathname.match(/^(?:\/fault\/([a-z-]+))?\/api\/v0\/([a-z/]+)$/) ?? []
  if (process.env.AUTHORIZATION && request.headers.authorization !== process.env.AUTHORIZATION) {
    return error(response, 403, 'forbidden')
  }
  if (fault === 'moved') return response.writeHead(307, { Location: `/api/v0/${command}${url.search}` }).end()
  if (fault === 'slow') await sleep(5)
  if (fault === 'broken') return error(response, 500, 'no space left on device')
  if (request.method !== 'POST') return error(response, 405, 'method not allowed')
  if (command === 'add') return add(url.searchParams, request, response, fault)
  if (command === 'pin/ls') return listPin(url.searchParams, response, fault)
  if (command === 'cat') return cat(url.searchParams, response, fault)
  if (command === 'version') return response.end(JSON.stringify({ Version: '0.0.0-test' }))
  error(response, 404, 'no such command')
}).listen(0, '127.0.0.1', function () { console.log(`Listening on http://127.0.0.1:${this.address().port}`) })
