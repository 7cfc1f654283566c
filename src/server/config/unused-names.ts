// Station: config. Variables of older deployments and of parts that this version does not have: accepted, and never in silence. Called by env-names.

const files = 'is set, but this version stores no files: it has no effect';
const alerts = 'is set, but this version sends no notifications: it has no effect';
const mongo = 'has no effect: the MongoDB driver decides';
const selfCare = 'has no effect: the server cleans up after itself';

/** Exact names and what to say of them. */
const names: Readonly<Record<string, string>> = {
  ADMIN_RATE_WINDOW: 'has no effect: limits are per minute',
  RATE_LIMIT_WINDOW: 'has no effect: limits are per minute',
  RATE_LIMIT_CLEANUP_INTERVAL: selfCare,
  SESSION_CLEANUP_INTERVAL: selfCare,
  MONGO_COLLECTION: 'has no effect: the collections are named sessions and messages',
  LOG_DIR: 'has no effect: the log goes to standard output',
  LOG_STANDARD_OUTPUT: 'has no effect: the log goes to standard output',
  ADMIN_EMAILS: alerts,
  ADMIN_PHONES: alerts,
  EMAIL_FROM: alerts,
};

/** Prefixes and what to say of names that begin with them. */
const prefixes: readonly (readonly [string, string])[] = [
  ['S3_', files],
  ['SMTP_', alerts],
  ['SMS_', alerts],
  ['MONGO_CONNECT_', mongo],
  ['MONGO_RETRY_', mongo],
];

/** What to say of a name that is known and without effect, or null where it is neither. */
export function unusedName(name: string): string | null {
  if (Object.hasOwn(names, name)) return names[name] ?? null;
  return prefixes.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null;
}

/** Every exact name of this kind, for the docs. */
export const unusedNames: readonly string[] = [...Object.keys(names), ...prefixes.map(([prefix]) => `${prefix}*`)];
