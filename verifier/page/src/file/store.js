// What this page keeps on the device, in IndexedDB: for each complaint its key, what was written, and the answers. The
// key in the database is the address of the complaint's key.

const NAME = 'complaint-registry';
const FILINGS = 'filings';

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(FILINGS, { keyPath: 'address' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** All complaints, the oldest first. Throws where the browser keeps nothing. */
export async function filingsKept() {
  const store = (await database()).transaction(FILINGS).objectStore(FILINGS);
  return (await done(store.getAll())).sort((one, two) => one.made_at - two.made_at);
}

/**
 * Changes one complaint in one transaction, so that two open pages can't overwrite each other, and gives what is stored
 * then. `change` gets what is stored, undefined if nothing is, and gives what shall be; nothing if it shall stay.
 */
export async function filingChange(address, change) {
  const { store, finished } = await writing();
  const before = await done(store.get(address));
  const after = change(before);
  if (after) store.put(after);
  await finished;
  return after ?? before;
}

/** Removes all that is kept of a complaint. */
export async function filingForget(address) {
  const { store, finished } = await writing();
  store.delete(address);
  await finished;
}

/** A transaction that is on the disk once it is `finished`. */
async function writing() {
  const transaction = (await database()).transaction(FILINGS, 'readwrite', { durability: 'strict' });
  const finished = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  return { store: transaction.objectStore(FILINGS), finished };
}
