// Station: store/sqlite. Turns in SQL: claims, checkpoints and ends as compare-and-set. Called by database, on a thread of its own.
import type { Connection, Row, Value } from './driver.js';
import { turnColumns } from './records.js';

const selectTurn = `
  SELECT session.id, ${turnColumns.map((column) => `turn.${column}`).join(', ')}
  FROM turn JOIN session ON session.key = turn.session`;

/** Writes of turns; each runs inside the transaction of its batch. */
export function turnWrites(connection: Connection) {
  const byId = connection.prepare(`${selectTurn} WHERE turn.id = ?`);
  const claim = connection.prepare(`
    UPDATE turn SET state = 'running', owner = ?2, epoch = epoch + 1, lease_until = ?3, started_at = ?4, through_seq = ?5, model_id = ?6
    WHERE id = ?1 AND state = 'pending'`);
  const checkpoint = connection.prepare(`
    UPDATE turn SET text = ?4, lease_until = ?5 WHERE id = ?1 AND state = 'running' AND owner = ?2 AND epoch = ?3`);
  const end = (guard: string) =>
    connection.prepare(`UPDATE turn SET state = ?2, text = ?3, outcome = ?4, settled = ?5 WHERE id = ?1 AND ${guard}`);
  const endOwned = end(`state = 'running' AND owner = ?6 AND epoch = ?7`);
  const endLapsed = end(`state IN ('pending', 'running') AND lease_until < ?6`);
  const settle = connection.prepare(
    'UPDATE turn SET settled = 1 WHERE settled = 0 AND id IN (SELECT value FROM json_each(?))',
  );
  const unsettled = connection.prepare(`
    ${selectTurn} WHERE turn.settled = 0 AND turn.lease_until < ? ORDER BY turn.started_at, turn.id LIMIT ?`);
  const changed = (id: string, changes: number): Row | null => (changes === 1 ? (byId.row(id) ?? null) : null);

  return {
    claimTurn: (
      id: string,
      owner: string,
      leaseUntil: number,
      startedAt: number,
      throughSeq: number,
      modelId: string,
    ) => changed(id, claim.run(id, owner, leaseUntil, startedAt, throughSeq, modelId)),
    checkpointTurn: (id: string, owner: string, epoch: number, text: string, leaseUntil: number): number =>
      checkpoint.run(id, owner, epoch, text, leaseUntil),
    endTurn: (id: string, outcome: readonly Value[], owner: string, epoch: number) =>
      changed(id, endOwned.run(id, ...outcome, owner, epoch)),
    endLapsedTurn: (id: string, outcome: readonly Value[], lapsedBefore: number) =>
      changed(id, endLapsed.run(id, ...outcome, lapsedBefore)),
    settleTurns: (ids: string): number => settle.run(ids),
    // A read among the writes: a start waits for it, and the threads of reads are there only later.
    unsettledTurns: (lapsedBefore: number, limit: number): Row[] => unsettled.rows(lapsedBefore, limit),
  };
}

/** Reads of turns. */
export function turnReads(connection: Connection) {
  const byId = connection.prepare(`${selectTurn} WHERE turn.id = ?`);
  const latest = connection.prepare(`
    ${selectTurn} WHERE turn.session = (SELECT key FROM session WHERE id = ?)
    ORDER BY turn.prompt_seq DESC, turn.attempt DESC LIMIT 1`);

  return {
    turn: (id: string): Row | null => byId.row(id) ?? null,
    latestTurn: (sessionId: string): Row | null => latest.row(sessionId) ?? null,
  };
}
