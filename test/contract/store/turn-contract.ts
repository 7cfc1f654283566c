// Station: test/contract/store. Promises about turns: one owner at a time, one end, nothing lost to a race. Called by store-contract.
import { describe, expect, it } from 'vitest';
import type { Turn, TurnOutcome } from '../../../src/server/ports/store.js';
import { messageOf, seedOf, testEpochMs, turnOf } from '../../helpers/store-fixtures.js';
import { openFresh, openOn, type StoreTarget } from './store-target.js';

const turn = turnOf({ sessionId: 'ann-1' });

function claimBy(owner: string, claim: Partial<Turn> = {}) {
  return {
    owner,
    leaseUntil: claim.leaseUntil ?? testEpochMs + 15_000,
    startedAt: claim.startedAt ?? testEpochMs + 5,
    throughSeq: claim.throughSeq ?? 3,
    modelId: claim.modelId ?? 'other',
  };
}

function outcomeOf(outcome: Partial<TurnOutcome> = {}): TurnOutcome {
  return {
    state: 'complete',
    end: 'complete',
    text: 'the answer \0 with an emoji 👋',
    usage: { promptTokens: 3, completionTokens: 4 },
    elapsedMs: 12,
    failure: null,
    settled: false,
    ...outcome,
  };
}

async function withTurn(target: StoreTarget, made: Turn = turn) {
  const opened = await openFresh(target);
  await opened.store.createSession(seedOf());
  await opened.store.createTurn(made);
  return opened;
}

export function turnContract(target: StoreTarget): void {
  describe('turns', () => {
    it('makes a turn once for each key, and reads it back whole', async () => {
      const { store } = await withTurn(target);
      expect(await store.createTurn({ ...turn, modelId: 'another' })).toBe('taken');
      expect(await store.turn(turn.id)).toEqual(turn);
      await store.createSession(seedOf({ userId: 'bob' }));
      const running = turnOf({
        sessionId: 'bob-1',
        promptSeq: 4,
        ...outcomeOf(),
        owner: 'a',
        state: 'running',
        epoch: 2,
      });
      expect(await store.createTurn(running)).toBe('created');
      expect(await store.turn(running.id)).toEqual(running);
      expect(await store.turn('ann-1:9:9')).toBeNull();
    });

    it('finds the latest by prompt and then by attempt', async () => {
      const { store } = await withTurn(target);
      for (const [promptSeq, attempt] of [
        [10, 1],
        [9, 3],
        [10, 2],
      ] as const) {
        await store.createTurn(turnOf({ sessionId: 'ann-1', promptSeq, attempt, state: 'complete' }));
      }
      expect((await store.latestTurn('ann-1'))?.id).toBe('ann-1:10:2');
      expect(await store.latestTurn('gone')).toBeNull();
    });

    it('has no other beside it in its session while it is pending or running', async () => {
      const { store } = await withTurn(target);
      await store.createSession(seedOf({ userId: 'bob' }));
      const second = turnOf({ sessionId: 'ann-1', promptSeq: 2, state: 'running', owner: 'b', epoch: 1 });
      expect(await store.createTurn(second)).toBe('taken');
      await store.claimTurn(turn.id, claimBy('a'));
      expect(await store.createTurn(second)).toBe('taken');
      expect(await store.append('ann-1', 1, messageOf('m1'), second)).toEqual({ kind: 'appended', turn: 'taken' });
      expect(await store.turn(second.id)).toBeNull();
      expect((await store.latestTurn('ann-1'))?.id).toBe(turn.id);
      // One that has ended stands in nobody's way, and neither does another session.
      expect(await store.createTurn(turnOf({ sessionId: 'ann-1', promptSeq: 3, state: 'complete' }))).toBe('created');
      expect(await store.createTurn(turnOf({ sessionId: 'bob-1' }))).toBe('created');
      await store.endTurn(turn.id, { owner: 'a', epoch: 1 }, outcomeOf());
      expect(await store.createTurn(second)).toBe('created');
      await store.endTurn(second.id, { lapsedBefore: testEpochMs + 1 }, outcomeOf({ state: 'interrupted' }));
      const third = turnOf({ sessionId: 'ann-1', promptSeq: 4 });
      expect(await store.append('ann-1', 2, messageOf('m2'), third)).toEqual({ kind: 'appended' });
      expect(await store.turn(third.id)).toEqual(third);
    });

    it('is the only one that 64 racers on two stores make in a session', async () => {
      const { store, data } = await openFresh(target);
      await store.createSession(seedOf());
      const stores = [store, await openOn(data)];
      const made = await Promise.all(
        Array.from({ length: 64 }, (_, at) =>
          (stores[at % 2] ?? store).createTurn(turnOf({ sessionId: 'ann-1', promptSeq: at + 1 })),
        ),
      );
      expect(made.filter((each) => each === 'created')).toHaveLength(1);
      expect((await store.latestTurn('ann-1'))?.promptSeq).toBe(made.indexOf('created') + 1);
    });

    it('is claimed by one of 64 racers on two stores', async () => {
      const { store, data } = await withTurn(target);
      const stores = [store, await openOn(data)];
      const claims = await Promise.all(
        Array.from({ length: 64 }, (_, at) => (stores[at % 2] ?? store).claimTurn(turn.id, claimBy(`owner-${at}`))),
      );
      const won = claims.filter((claim) => claim !== null);
      expect(won).toHaveLength(1);
      const stored = await store.turn(turn.id);
      expect(won[0]).toEqual(stored);
      expect(stored).toMatchObject({
        ...claimBy(`owner-${claims.findIndex((claim) => claim !== null)}`),
        state: 'running',
        epoch: 1,
      });
    });

    it('keeps checkpoints of its owner in its epoch, and of nobody else', async () => {
      const { store } = await withTurn(target);
      const guard = { owner: 'a', epoch: 1 };
      expect(await store.checkpointTurn(turn.id, guard, 'early', 1)).toBe('lost');
      await store.claimTurn(turn.id, claimBy('a'));
      const lease = testEpochMs + 20_000;
      expect(await store.checkpointTurn(turn.id, guard, 'so far \ud83d', lease)).toBe('kept');
      expect(await store.checkpointTurn(turn.id, { owner: 'b', epoch: 1 }, 'b', lease)).toBe('lost');
      expect(await store.checkpointTurn(turn.id, { owner: 'a', epoch: 2 }, 'later', lease)).toBe('lost');
      expect(await store.checkpointTurn('ann-1:9:9', guard, 'none', lease)).toBe('lost');
      expect(await store.turn(turn.id)).toMatchObject({ text: expect.stringMatching(/^so far /), leaseUntil: lease });
      await store.endTurn(turn.id, guard, outcomeOf());
      expect(await store.checkpointTurn(turn.id, guard, 'after the end', lease)).toBe('lost');
      expect((await store.turn(turn.id))?.text).toBe(outcomeOf().text);
    });

    it('ends once, however many try', async () => {
      const { store, data } = await withTurn(target);
      const stores = [store, await openOn(data)];
      await store.claimTurn(turn.id, claimBy('a'));
      const states = ['complete', 'interrupted', 'cancelled', 'failed'] as const;
      const ends = await Promise.all(
        Array.from({ length: 64 }, (_, at) => {
          const outcome = outcomeOf({ state: states[at % 4] ?? 'failed', text: `end ${at}` });
          return (stores[at % 2] ?? store).endTurn(turn.id, { owner: 'a', epoch: 1 }, outcome);
        }),
      );
      const won = ends.filter((ended) => ended !== null);
      expect(won).toHaveLength(1);
      expect(won[0]).toEqual(await store.turn(turn.id));
      expect(won[0]?.text).toBe(`end ${ends.findIndex((ended) => ended !== null)}`);
    });

    it('keeps every field of its outcome', async () => {
      const { store } = await withTurn(target);
      await store.claimTurn(turn.id, claimBy('a'));
      const outcome = outcomeOf({
        state: 'failed',
        end: 'failed',
        usage: null,
        failure: 'the model is away',
        settled: true,
      });
      const ended = await store.endTurn(turn.id, { owner: 'a', epoch: 1 }, outcome);
      expect(ended).toMatchObject(outcome);
      expect(await store.turn(turn.id)).toEqual(ended);
    });

    it('is not ended by another owner, another epoch, or before its lease lapsed', async () => {
      const { store } = await withTurn(target);
      expect(await store.endTurn(turn.id, { owner: 'a', epoch: 0 }, outcomeOf())).toBeNull();
      await store.claimTurn(turn.id, claimBy('a', { leaseUntil: testEpochMs + 100 }));
      expect(await store.endTurn(turn.id, { owner: 'b', epoch: 1 }, outcomeOf())).toBeNull();
      expect(await store.endTurn(turn.id, { owner: 'a', epoch: 2 }, outcomeOf())).toBeNull();
      expect(await store.endTurn(turn.id, { lapsedBefore: testEpochMs + 100 }, outcomeOf())).toBeNull();
      expect(await store.endTurn('ann-1:9:9', { lapsedBefore: testEpochMs + 101 }, outcomeOf())).toBeNull();
      const ended = await store.endTurn(
        turn.id,
        { lapsedBefore: testEpochMs + 101 },
        outcomeOf({ state: 'interrupted' }),
      );
      expect(ended?.state).toBe('interrupted');
      expect(await store.endTurn(turn.id, { lapsedBefore: testEpochMs + 101 }, outcomeOf())).toBeNull();
      expect(await store.claimTurn(turn.id, claimBy('b'))).toBeNull();
    });

    it('that nobody claimed is ended by whoever finds it lapsed', async () => {
      const { store } = await withTurn(target);
      const ended = await store.endTurn(turn.id, { lapsedBefore: testEpochMs + 1 }, outcomeOf({ state: 'failed' }));
      expect(ended).toMatchObject({ state: 'failed', owner: null });
    });

    it('counts as unsettled until it is settled, oldest first', async () => {
      const { store } = await withTurn(
        target,
        turnOf({ sessionId: 'ann-1', promptSeq: 1, startedAt: testEpochMs + 2 }),
      );
      const ended = { sessionId: 'ann-1', state: 'complete' } as const;
      await store.createTurn(turnOf({ ...ended, promptSeq: 2, startedAt: testEpochMs + 1 }));
      await store.createTurn(turnOf({ ...ended, promptSeq: 3, leaseUntil: testEpochMs + 50 }));
      await store.createTurn(turnOf({ ...ended, promptSeq: 4, settled: true }));
      const unsettled = async (lapsedBefore: number, limit = 10) =>
        (await store.unsettledTurns(lapsedBefore, limit)).map(({ promptSeq }) => promptSeq);
      expect(await unsettled(testEpochMs)).toEqual([]);
      expect(await unsettled(testEpochMs + 50)).toEqual([2, 1]);
      expect(await unsettled(testEpochMs + 51)).toEqual([3, 2, 1]);
      expect(await unsettled(testEpochMs + 51, 2)).toEqual([3, 2]);
      await store.settleTurns(['ann-1:1:1', 'ann-1:3:1', 'ann-1:9:9']);
      await store.settleTurns(['ann-1:1:1']);
      expect(await unsettled(testEpochMs + 51)).toEqual([2]);
      expect((await store.turn('ann-1:1:1'))?.settled).toBe(true);
    });
  });
}
