// Station: cli/cluster. What a call to a cluster that failed means, and what mends it. Called by secret-api.
// The client's errors carry answers and requests, and with them what is in a Secret: none is passed on as a cause, and of texts only names that are known for such.
import { recordOf } from '../../common/untyped.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** What was tried. */
export interface Attempt {
  readonly isWrite: boolean;
  /** Of the Secret. */
  readonly name: string;
  readonly namespace: string;
  readonly context: string;
  readonly server: string;
  /** Every right that the command needs on Secrets: `get`, `patch`, `create`. */
  readonly needs: readonly string[];
}

/** The call took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  readonly afterMs: number;

  constructor(afterMs: number) {
    super('the deadline passed');
    this.afterMs = afterMs;
  }
}

/** A refusal of the API server: the parts of its Status that are looked at. */
interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly causes: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
}

/** The failure as people read it. */
export function explainFailure(cause: unknown, attempt: Attempt): CliError {
  if (cause instanceof CliError) return cause;
  if (cause instanceof DeadlineError)
    return unavailable(attempt, `did not answer within ${cause.afterMs / 1_000} s`, unknownOutcome(attempt));
  const refusal = refusalOf(cause);
  return refusal === null ? explainConnection(cause, attempt) : explainRefusal(refusal, attempt);
}

function unavailable({ context, server }: Attempt, what: string, more = ''): CliError {
  return new CliError(
    exitCodes.unavailable,
    `the API server ${server} ${what}${more}`,
    `look with \`kubectl --context ${context} version\`, then run it again: what is there is kept`,
  );
}

const unknownOutcome = ({ isWrite, name }: Attempt): string =>
  isWrite ? `; whether secret/${name} was written is not known` : '';

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

const distrust: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another name',
};

function explainConnection(cause: unknown, attempt: Attempt): CliError {
  const code = codeOf(cause);
  if (/CERT|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/.test(code))
    return new CliError(
      exitCodes.unavailable,
      `the certificate of the API server ${attempt.server} ${distrust[code] ?? 'is not trusted'} (${code}); nothing was sent`,
      `see whether it is the server that you mean; if so, put its certificate authority into the kubeconfig (certificate-authority)`,
    );
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/.test(code))
    return unavailable(attempt, `cannot be reached (${code}); nothing was written`);
  if (cause instanceof Error && 'syscall' in cause && /^(open|read)$/.test(String(cause.syscall)))
    return new CliError(
      exitCodes.config,
      `a file that the context ${attempt.context} names (certificate, key or token) cannot be read (${code})`,
      'correct the kubeconfig, or choose another with --kubeconfig',
    );
  const kind = code || (cause instanceof Error ? cause.name : typeof cause);
  return unavailable(attempt, `broke off (${kind})`, unknownOutcome(attempt));
}

function explainRefusal(refusal: Refusal, attempt: Attempt): CliError {
  const { name, namespace, context, server } = attempt;
  const { status, kind } = refusal;
  if (status === 401)
    return new CliError(
      exitCodes.auth,
      `the API server ${server} does not know the user of the context ${context} (401)`,
      'log in to the cluster again: its token or certificate is wrong or has expired',
    );
  if (status === 403) return explainForbidden(refusal, attempt);
  if (status === 404)
    return kind === 'namespaces'
      ? new CliError(
          exitCodes.notFound,
          `there is no namespace ${namespace}`,
          `make it: \`kubectl create namespace ${namespace}\`, or apply what \`chatbox k8s render\` made first`,
        )
      : new CliError(exitCodes.notFound, `the API server ${server} knows no Secrets at that address (404)`, seeServer);
  if (status === 409) return explainConflict(refusal, attempt);
  if (status === 422)
    return new CliError(
      exitCodes.conflict,
      `secret/${name} may not be changed so: ${fieldsOf(refusal) || 'the API server finds it invalid'}`,
      'write another one: --name NAME',
    );
  if (status === 429 || status >= 500)
    return unavailable(
      attempt,
      `answered ${status}`,
      status >= 500 ? unknownOutcome(attempt) : '; nothing was written',
    );
  return new CliError(
    exitCodes.failure,
    `the API server ${server} refused the request (${status} ${/^[A-Za-z]{1,40}$/.exec(refusal.reason)?.[0] ?? ''})`,
    seeServer,
  );
}

const seeServer = 'see whether the kubeconfig names the server of a Kubernetes cluster';

/** Fields that were refused; what they hold is not told. */
const fieldsOf = ({ causes }: Refusal): string =>
  causes
    .map(({ field, message }) => (/immutable/.test(message) ? `${shown(field)} is immutable` : shown(field)))
    .join(', ');

function explainForbidden({ message, causes }: Refusal, attempt: Attempt): CliError {
  const { namespace, name } = attempt;
  const right = /cannot (\w{1,20}) resource "secrets"/.exec(message)?.[1];
  if (right !== undefined) {
    const user = /User "([^"\s]{1,300})"/.exec(message)?.[1] ?? null;
    return new CliError(
      exitCodes.auth,
      `${user === null ? 'the user of this context' : shown(user)} may not ${right} Secrets in the namespace ${namespace}; nothing was written`,
      `let somebody who may give the right do it with a Role:\n${roleFor(user, attempt)}`,
    );
  }
  if (causes.some(({ reason }) => reason === 'NamespaceTerminating'))
    return new CliError(
      exitCodes.conflict,
      `the namespace ${namespace} is being deleted`,
      'wait until it is gone, and make it anew',
    );
  const quota = /exceeded quota: ([\w.-]{1,253})/.exec(message)?.[1];
  if (quota !== undefined)
    return new CliError(
      exitCodes.conflict,
      `the quota ${quota} of the namespace ${namespace} has no room for secret/${name}`,
      'let it be raised, or remove a Secret that nobody needs',
    );
  const hook = /admission webhook "([\w.-]{1,253})"/.exec(message)?.[1];
  return new CliError(
    exitCodes.auth,
    `secret/${name} was refused by ${hook === undefined ? 'a rule of the cluster' : `its admission webhook ${hook}`}`,
    'ask whoever runs the cluster which rule it is',
  );
}

/** Commands that make a Role with the rights that are needed, and give it to that user. */
function roleFor(user: string | null, { namespace, needs }: Attempt): string {
  const account = /^system:serviceaccount:([\w.-]+):([\w.-]+)$/.exec(user ?? '');
  const subject =
    account === null
      ? `--user='${(user ?? 'USER').replaceAll("'", "'\\''")}'`
      : `--serviceaccount=${account[1]}:${account[2]}`;
  const where = `chatbox-secrets --namespace ${namespace}`;
  return [
    `    kubectl create role ${where} --verb=${needs.join(',')} --resource=secrets`,
    `    kubectl create rolebinding ${where} --role=chatbox-secrets ${subject}`,
  ].join('\n');
}

function explainConflict({ causes }: Refusal, { name }: Attempt): CliError {
  const owners = new Map<string, string[]>();
  for (const { reason, message, field } of causes) {
    const owner = /conflict with "([^"]{1,128})"/.exec(message)?.[1];
    if (reason !== 'FieldManagerConflict' || owner === undefined) continue;
    owners.set(owner, [...(owners.get(owner) ?? []), field.replace(/^\.data\./, '')]);
  }
  if (owners.size === 0)
    return new CliError(
      exitCodes.conflict,
      `secret/${name} was changed by somebody else meanwhile; it is as they left it`,
      'run it again: it looks anew at what is there',
    );
  return ownedByOthers(name, owners);
}

/** A change of what others own. @param owners fields by the field manager that owns them */
export function ownedByOthers(name: string, owners: ReadonlyMap<string, readonly string[]>): CliError {
  const whose = [...owners].map(([owner, fields]) => `${shown(owner)} owns ${fields.map(shown).join(', ')}`);
  return new CliError(
    exitCodes.conflict,
    `secret/${name} is as it was, since another field manager owns what would change: ${whose.join('; ')}`,
    'change it where that one takes it from, or take it over with --force',
  );
}

/** A name out of an answer, on one line. */
const shown = (text: string): string => text.slice(0, 300).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '');

/** What the API server said; null where there was no answer. */
function refusalOf(cause: unknown): Refusal | null {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'number') return null;
  const body = statusOf('body' in cause ? cause.body : null);
  const details = recordOf(body.details);
  const causes = Array.isArray(details.causes) ? details.causes.map(recordOf) : [];
  return {
    status: cause.code,
    reason: textOf(body.reason),
    message: textOf(body.message),
    kind: textOf(details.kind),
    causes: causes.slice(0, 64).map((each) => ({
      reason: textOf(each.reason),
      message: textOf(each.message),
      field: textOf(each.field),
    })),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function statusOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'string') return recordOf(body);
  try {
    return recordOf(JSON.parse(body));
  } catch {
    // The page of a proxy, which is no Status: its number says enough.
    return {};
  }
}
