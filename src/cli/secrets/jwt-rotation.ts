// Station: cli/secrets. What a step of a rotation makes of the list of token keys, or why it may not be taken yet. Pure; called by run-rotate-jwt.
import type { RunningServer } from '../../server/ports/keys.js';
import { numberOf, type RotationStep } from './rotation.js';

/** What a step looks at in a key. */
export interface TokenKey {
  readonly id: string;
  /** Since when it signs no more, in milliseconds since 1970; null for one that signs, or never did. */
  readonly signedUntilMs: number | null;
}

/** What is known beside the list. Times are milliseconds. */
export interface TokenFacts {
  readonly nowMs: number;
  /** How long the longest-lived token is good: no setting bounds it, who signs tokens knows. Only `retire` asks; 0 is at once. */
  readonly lifetimeMs: number;
  /** When the last of those who sign went over to the new key, where that was later than the promotion. */
  readonly sinceMs: number | null;
  /** Servers that run; null where nobody asked. */
  readonly servers: readonly RunningServer[] | null;
}

/** The new list, and what comes next; or what stands in the way. `keys` is the very list that came in where there is nothing to do. */
export type TokenStepResult =
  | { readonly ok: true; readonly keys: readonly TokenKey[]; readonly next: string }
  | { readonly ok: false; readonly why: string; readonly fix: string };

type Keys = readonly [TokenKey, ...TokenKey[]];

const spread = 'give the servers the new list and restart them';
const afterPromotion =
  'give the new list to the servers and to whatever else signs tokens; when the last token of the old key has run out, retire';

/**
 * Takes one step on `keys`, the one that signs first. Behind it, a key with a note of when it ceased to sign is an old one, and any other is new. So the
 * list is all the state there is, and a run that was killed is just run again: taking a step twice changes nothing.
 */
export function takeTokenStep(step: RotationStep, keys: Keys, facts: TokenFacts): TokenStepResult {
  const [active, ...others] = keys;
  const fresh = others.find(({ signedUntilMs }) => signedUntilMs === null);
  const old = others.filter(({ signedUntilMs }) => signedUntilMs !== null);
  switch (step) {
    case 'add': {
      if (old.length > 0)
        return {
          ok: false,
          why: `a rotation is under way: ${namesOf(old)} is still in the list behind ${active.id}`,
          fix: 'finish it with the step retire',
        };
      if (fresh !== undefined) return { ok: true, keys, next: addedNext(fresh.id) };
      const id = newId(keys);
      return { ok: true, keys: [...keys, { id, signedUntilMs: null }], next: addedNext(id) };
    }
    case 'promote': {
      if (old.length > 0) return { ok: true, keys, next: `${active.id} signs: ${afterPromotion}` };
      if (fresh === undefined)
        return {
          ok: false,
          why: `there is no key but ${active.id}, so none to promote`,
          fix: 'take the step add first',
        };
      const rest = others.filter((key) => key !== fresh);
      return (
        refusedOn(fresh.id, facts) ?? {
          ok: true,
          keys: [fresh, { ...active, signedUntilMs: facts.nowMs }, ...rest],
          next: `${fresh.id} signs: ${afterPromotion}`,
        }
      );
    }
    case 'retire':
      return retire(keys, old, fresh, facts);
    default:
      return step satisfies never;
  }
}

function retire(keys: Keys, old: readonly TokenKey[], fresh: TokenKey | undefined, facts: TokenFacts): TokenStepResult {
  const { nowMs, lifetimeMs, sinceMs } = facts;
  const [active] = keys;
  if (old.length === 0) {
    if (fresh === undefined) return { ok: true, keys, next: `${active.id} is alone; a new rotation begins with add` };
    return {
      ok: false,
      why: `${fresh.id} is not promoted yet: it would be thrown away`,
      fix: 'take the step promote first',
    };
  }
  const signedUntilMs = Math.max(sinceMs ?? 0, ...old.map((key) => key.signedUntilMs ?? 0));
  const goodUntilMs = signedUntilMs + lifetimeMs;
  if (lifetimeMs > 0 && nowMs < goodUntilMs)
    return {
      ok: false,
      why: `tokens of ${namesOf(old)} may be good until ${timeText(goodUntilMs)}: signed until ${timeText(signedUntilMs)}, and as long as --token-lifetime after`,
      fix: 'retire after that; --token-lifetime 0 refuses them at once, as a key that leaked demands',
    };
  const rest = keys.filter((key) => !old.includes(key));
  return refusedOn(active.id, facts) ?? { ok: true, keys: rest, next: `${spread}; the rotation is done` };
}

/** Servers that run without the key that is to be the one to sign with. */
function refusedOn(id: string, { servers }: TokenFacts): TokenStepResult | null {
  const without = (servers ?? []).filter(({ tokenKeyIds }) => tokenKeyIds?.includes(id) !== true);
  if (without.length === 0) return null;
  const who = without.map(({ replicaId }) => replicaId).join(', ');
  return {
    ok: false,
    why: `${id} is not known to ${who} yet: the tokens that it signs would be refused there`,
    fix: `${spread}, then take the step again`,
  };
}

const addedNext = (id: string) => `${spread}; once all of them run with it, promote ${id}`;
const namesOf = (keys: readonly TokenKey[]) => keys.map(({ id }) => id).join(', ');
const timeText = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function newId(keys: Keys): string {
  return `k${Math.max(0, ...keys.map(({ id }) => numberOf(id) ?? 0)) + 1}`;
}
