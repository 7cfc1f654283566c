// Station: store/mongodb. Why a connection cannot be made and how to mend it: by codes alone, and without the credentials. Called by connect and mongodb-store.
import { MongoClient, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { StoreError } from '../../ports/store.js';

/** What an operator has to mend about a connection that cannot be made: configuration, and so no StoreError. Whoever starts the server prints both. */
export class MongoConnectError extends Error {
  override readonly name = 'MongoConnectError';
  readonly fix: string;

  constructor(message: string, fix: string, cause: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fix = fix;
  }
}

/** Unauthorized, AuthenticationFailed, MechanismUnavailable, and what Atlas says of a wrong user. */
const authCodes: ReadonlySet<number> = new Set([13, 18, 334, 8_000]);
const resolverCodes: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA']);
const fileCodes: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'EISDIR', 'EPERM']);
/** There was nobody to talk to, with TLS or without. */
const nobodyCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);
const probeMs = 2_000;

/** What OpenSSL and Node call the ways in which TLS fails; the first that fits. */
const tlsMeanings: readonly (readonly [code: RegExp, why: string, fix: string])[] = [
  [/EXPIRED|NOT_YET_VALID/, 'its certificate is not valid now', 'renew it, and look at the clocks of both machines'],
  [
    /ALTNAME|HOSTNAME_MISMATCH/,
    'its certificate is for another host',
    'use a host name in MONGO_URI that its certificate has',
  ],
  [
    /SELF_SIGNED|^UNABLE_TO_|UNTRUSTED|^INVALID_CA$/,
    'its certificate is not trusted here',
    'give the authority that signed it with tlsCAFile in MONGO_URI',
  ],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$/, 'it speaks no TLS', 'take tls=true out of MONGO_URI, or let the server offer TLS'],
  [
    /ALERT/,
    'it refuses this client',
    'give the certificate that it wants from clients with tlsCertificateKeyFile in MONGO_URI',
  ],
  [
    /^ERR_OSSL_/,
    'a certificate file of MONGO_URI cannot be used',
    'give PEM files with tlsCAFile and tlsCertificateKeyFile',
  ],
  [/^ERR_(TLS|SSL)_|^CERT_|^CRL_|^EPROTO$/, 'it cannot be agreed', 'look at the log of the server: it says why'],
];

/** Why the server of that connection string can't be reached or used, by codes and classes alone. */
export function explainConnect(error: unknown, uri: string): StoreError | MongoConnectError {
  if (error instanceof StoreError || error instanceof MongoConnectError) return error;
  if (isRefused(error)) return refusal(error, uri);
  const { address, code } = failureOf(error);
  const where = address ?? 'the server of MONGO_URI';
  if (code !== null && resolverCodes.has(code)) {
    return new MongoConnectError(
      `${where} has no address (${code})`,
      'check the host name in MONGO_URI, and DNS; mongodb+srv:// wants an SRV record',
      error,
    );
  }
  if (address === null && code !== null && fileCodes.has(code)) {
    return new MongoConnectError(
      `a file that MONGO_URI names cannot be read (${code})`,
      'check tlsCAFile and tlsCertificateKeyFile in MONGO_URI, and who may read them',
      error,
    );
  }
  const tls = code === null ? undefined : tlsMeanings.find(([pattern]) => pattern.test(code));
  if (tls !== undefined) return new MongoConnectError(`TLS with ${where} fails: ${tls[1]} (${code})`, tls[2], error);
  const why = code === null ? '' : ` (${code})`;
  return new StoreError(
    'unavailable',
    `MongoDB cannot be reached: ${where} does not answer${why}. Check that it runs, host and port in MONGO_URI, the network between, and whether it wants TLS (tls=true).`,
    error,
  );
}

/** Whether the server refuses the user, or whoever names none. */
export function isRefused(error: unknown): boolean {
  return error instanceof MongoServerError && authCodes.has(Number(error.code));
}

function refusal(error: unknown, uri: string): MongoConnectError {
  if (!namesUser(uri)) {
    return new MongoConnectError(
      'MongoDB lets nobody in without a user, and MONGO_URI names none',
      'put user and password into it: mongodb://user:password@host:27017/?authSource=admin',
      error,
    );
  }
  return new MongoConnectError(
    'MongoDB refuses the user of MONGO_URI',
    'check user and password, authSource (the database that the user was made in, often admin), and that the user may read and write MONGO_DATABASE',
    error,
  );
}

/** Whether a connection string has credentials. */
export function namesUser(uri: string): boolean {
  return /^mongodb(\+srv)?:\/\/[^/@]+@/.test(uri);
}

/**
 * What is wrong where a server that does not answer as it was asked does answer with TLS instead, or without it. It is asked who it is and nothing else:
 * no credential is sent. Null where it does not, or where nobody was there. Takes two seconds at the most.
 */
export async function tlsMismatch(error: unknown, isTls: boolean): Promise<MongoConnectError | null> {
  const { address, code } = failureOf(error);
  // A path is a socket on this machine, which has no TLS.
  if (address === null || address.includes('/') || (code !== null && nobodyCodes.has(code))) return null;
  if (!(await answers(address, !isTls))) return null;
  return isTls
    ? new MongoConnectError(
        `${address} speaks no TLS, which MONGO_URI asks for`,
        'take tls=true out of MONGO_URI (mongodb+srv:// wants tls=false), or let the server offer TLS',
        error,
      )
    : new MongoConnectError(
        `${address} wants TLS, which MONGO_URI does not ask for`,
        'add tls=true to MONGO_URI, and tlsCAFile where its certificate is signed by an authority of your own',
        error,
      );
}

async function answers(address: string, tls: boolean): Promise<boolean> {
  try {
    const client = new MongoClient(`mongodb://${address}/`, {
      directConnection: true,
      serverSelectionTimeoutMS: probeMs,
      connectTimeoutMS: probeMs,
      tls,
      // Whom it talks to matters not to a client that says nothing.
      ...(tls ? { tlsAllowInvalidCertificates: true } : {}),
    });
    try {
      await client.connect();
      return true;
    } finally {
      await client.close();
    }
  } catch {
    return false;
  }
}

/** The first server of a failed selection, with the system's code for why. */
function failureOf(error: unknown): { readonly address: string | null; readonly code: string | null } {
  if (!(error instanceof MongoServerSelectionError)) return { address: null, code: codeOf(error) };
  for (const [address, { error: why }] of error.reason?.servers ?? []) {
    const code = codeOf(why);
    if (code !== null) return { address, code };
  }
  const [address] = error.reason?.servers.keys() ?? [];
  return { address: address ?? null, code: codeOf(error.cause) };
}

function codeOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(at.code)) return at.code;
  }
  return null;
}
