// Station: cli/secrets. What a step of a rotation makes of the list of encryption keys, or why it may not be taken yet. Pure; called by run-rotate.
import type { KeyStanding, KeyUse, RunningServer } from '../../server/ports/keys.js';

/** The steps, in their order. Between the last two, `chatbox keys rotate` seals everything anew. */
export const rotationSteps = ['add', 'promote', 'retire'] as const;

/** One of them. */
export type RotationStep = (typeof rotationSteps)[number];

/** What the data and the servers say. */
export interface KeyFacts {
  readonly keys: readonly KeyStanding[];
  readonly servers: readonly RunningServer[];
  /** What lies in the store; null where nobody counted, which only `retire` needs. */
  readonly use: KeyUse | null;
  /** Whether no server has ever sealed in this store: then it is most likely another one than the servers'. */
  readonly isUnused: boolean;
}

/** The new order of ids, and what comes next; or what stands in the way. `ids` is what it was where the step was taken before. */
export type StepResult =
  | { readonly ok: true; readonly ids: readonly string[]; readonly next: string }
  | { readonly ok: false; readonly why: string; readonly fix: string };

const spread = 'give the servers the new list and restart them';

/** The number of an id of the form k<n>; null for any other. */
export const numberOf = (id: string): number | null => {
  const digits = /^k(\d{1,9})$/.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
};

/**
 * Whether a key behind the active one is new; else it is an old one, on its way out. The store notes when a server first seals with a key; where no server
 * has run yet the number in the id tells which was made later.
 */
function isFresh(id: string, active: string, { keys, use }: KeyFacts): boolean {
  const [number, activeNumber] = [numberOf(id), numberOf(active)];
  if (number !== null && activeNumber !== null && number < activeNumber) return false;
  const wasSealing = keys.some((key) => key.id === id && key.sealedSince !== null);
  return !wasSealing && (use?.sealed.get(id) ?? 0) === 0;
}

/** The first id of the form k<n> that neither the list nor the data has ever had: the store knows a key by its id for good. */
function newId(ids: readonly string[], keys: readonly KeyStanding[]): string {
  const numbers = [...ids, ...keys.map(({ id }) => id)].map((id) => numberOf(id) ?? 0);
  return `k${Math.max(0, ...numbers) + 1}`;
}

/** Takes one step on `ids`, the active key first. Taking it again changes nothing, so that a run that was killed is just run again. */
export function takeStep(step: RotationStep, ids: readonly [string, ...string[]], facts: KeyFacts): StepResult {
  const [active, ...others] = ids;
  const fresh = others.find((id) => isFresh(id, active, facts));
  switch (step) {
    case 'add': {
      if (fresh !== undefined) return { ok: true, ids, next: `${fresh} is added: ${spread}, then promote it` };
      if (others.length > 0)
        return {
          ok: false,
          why: `a rotation is under way: ${others.join(', ')} is still in the list behind ${active}`,
          fix: 'finish it with `chatbox keys rotate`, then the step retire',
        };
      const made = newId(ids, facts.keys);
      return { ok: true, ids: [...ids, made], next: `${spread}, then promote ${made}` };
    }
    case 'promote': {
      if (fresh !== undefined) return promote(fresh, ids, facts.servers);
      if (others.length > 0)
        return { ok: true, ids, next: `${active} seals: ${spread}, run \`chatbox keys rotate\`, then retire` };
      return { ok: false, why: `there is no key but ${active}, so none to promote`, fix: 'take the step add first' };
    }
    case 'retire':
      return retire(ids, fresh, facts);
    default:
      return step satisfies never;
  }
}

function promote(fresh: string, ids: readonly string[], servers: readonly RunningServer[]): StepResult {
  const blind = servers.filter(({ keyIds }) => !keyIds.includes(fresh)).map(({ replicaId }) => replicaId);
  if (blind.length > 0)
    return {
      ok: false,
      why: `${fresh} is not known to ${blind.join(', ')} yet: what it seals could not be opened there`,
      fix: `${spread}, then promote`,
    };
  return {
    ok: true,
    ids: [fresh, ...ids.filter((id) => id !== fresh)],
    next: `${spread}, run \`chatbox keys rotate\`, then retire`,
  };
}

function retire(
  ids: readonly [string, ...string[]],
  fresh: string | undefined,
  { keys, servers, use, isUnused }: KeyFacts,
): StepResult {
  const [active, ...others] = ids;
  const isHere = (id: string) => ids.includes(id) || keys.some((key) => key.id === id && key.isHere);
  const strangers = [...(use?.sealed ?? [])].filter(([id, count]) => !isHere(id) && count > 0);
  if (strangers.length > 0)
    return {
      ok: false,
      why: `${sealedWith(strangers)}, a key that is missing here: nothing opens them`,
      fix: 'look whether this is the store of these keys; if it is, put the missing key back into the list and seal them anew with `chatbox keys rotate`',
    };
  if (others.length === 0) return { ok: true, ids, next: `${active} is alone; a new rotation begins with add` };
  if (fresh !== undefined)
    return {
      ok: false,
      why: `${fresh} is new and not promoted yet: it would be thrown away`,
      fix: 'take the step promote first',
    };
  const behind = servers.filter(({ activeId }) => activeId !== active).map(({ replicaId }) => replicaId);
  if (behind.length > 0)
    return {
      ok: false,
      why: `another key still seals on ${behind.join(', ')}`,
      fix: `${spread}, then run \`chatbox keys rotate\``,
    };
  if (use === null || !use.isWhole)
    return { ok: false, why: 'the store was not counted to its end', fix: 'run it again' };
  if (isUnused && use.records === 0)
    return {
      ok: false,
      why: `the store is empty and no server has ever sealed in it, so that it cannot tell whether ${others.join(', ')} is still needed`,
      fix: 'name the store of the servers: --config, --data-dir or MONGO_URI',
    };
  const left = others.map((id) => [id, use.sealed.get(id) ?? 0] as const).filter(([, count]) => count > 0);
  if (left.length > 0)
    return {
      ok: false,
      why: `${sealedWith(left)}: they would be lost`,
      fix: 'seal them anew with `chatbox keys rotate`, then retire',
    };
  return { ok: true, ids: [active], next: `${spread}; the rotation is done` };
}

const sealedWith = (counts: readonly (readonly [string, number])[]): string =>
  counts.map(([id, count]) => `${count} values are sealed with ${id}`).join(', ');
