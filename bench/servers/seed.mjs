// Makes what a server under test finds when it starts: users with tokens, sessions that a person holds. Used by seeder, and by the server where the store is in memory.
import { issueToken } from '../../dist/server/auth/issue.js';

const tokenLifetimeMs = 3_600_000;
const atOnce = 200;

/** One session a user, held by a person from its first entry on, so that no model is asked. */
export async function seedHeld(store, users) {
  const seed = async (user) => {
    const at = Date.now();
    const id = `held-${user}`;
    await store.createSession({ id, userId: userId(user), ordinal: 1, startedAt: at, name: 'held', modelId: null });
    const holder = { kind: 'admin', id: 'bench-admin', name: 'Admin' };
    await store.append(id, 1, { kind: 'floor', at, holder, previous: { kind: 'ai' }, epoch: 1 });
    // Nobody renews it, so it has to last as long as the tokens do.
    const lease = { admin: holder.id, epoch: 1, since: at, until: at + tokenLifetimeMs, state: 'joined' };
    await store.putNote(`floor/${id}`, null, JSON.stringify(lease));
  };
  for (let first = 0; first < users; first += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, users - first) }, (_, at) => seed(first + at)));
  }
}

/** One token a user or admin, signed with `secret`. */
export function makeTokens(users, secret, role = 'user') {
  const issuedAtMs = Date.now();
  const times = { issuedAtMs, expiresAtMs: issuedAtMs + tokenLifetimeMs };
  const key = new TextEncoder().encode(secret);
  const token = (user) =>
    issueToken({ userId: `${role}-${user}`, name: `The ${role} ${user}`, roles: [role], ...times }, key);
  return Promise.all(Array.from({ length: users }, (_, user) => token(user)));
}

function userId(user) {
  return `user-${user}`;
}
