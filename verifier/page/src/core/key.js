// The file of a complainant's key.

export const keyFile = (address, private_key) => ({ format: 'complaint-registry.key', address, private_key });

/** The private key in such a file, or in a receipt that was saved with its key. */
export const keyOfFile = (value) => (value.complainant_key ?? value).private_key;
