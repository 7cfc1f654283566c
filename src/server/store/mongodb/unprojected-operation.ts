// Station: store/mongodb. Finds the logs that are ahead of their projections, without reading more of them than is new. Called by mongodb-store.
import type { Database } from './database.js';
import { documentVersion } from './documents.js';

/** The note that says until when everything was seen projected. */
const noteName = 'store/projected-until';
/** How far the clocks of two servers may stand apart, and how late an entry may come to lie behind that time. */
const slackMs = 60_000;
const batchSize = 5_000;

/** The operation behind the sweep of projections. */
export function unprojectedOperation({ asides, messages, notes, sessions, turns }: Database) {
  let seenUntil: number | null = null;

  async function since(): Promise<number> {
    seenUntil ??= Number((await notes.findOne({ _id: noteName }))?.value ?? 0);
    return seenUntil;
  }

  /** The last seq of each session that has entries of that time. */
  async function newestOf(from: number, until: number): Promise<Map<string, number>> {
    const newest = new Map<string, number>();
    const found = messages.find(
      { at: { $gte: new Date(Math.max(0, from - slackMs)), $lt: new Date(until) } },
      { projection: { sid: 1, seq: 1 }, batchSize },
    );
    for await (const { sid, seq } of found) newest.set(sid, Math.max(seq, newest.get(sid) ?? 0));
    return newest;
  }

  /** What a log says of sessions that are there no more came in as they were deleted. */
  async function removeOrphans(ids: readonly string[]): Promise<void> {
    for (const sid of ids) {
      if ((await sessions.findOne({ _id: sid }, { projection: { _id: 1 } })) !== null) continue;
      await messages.deleteMany({ sid });
      await turns.deleteMany({ sid });
      await asides.deleteMany({ sid });
    }
  }

  return {
    async unprojected(olderThan: number, limit: number): Promise<readonly string[]> {
      const newest = await newestOf(await since(), olderThan);
      const ids = [...newest.keys()];
      const behind: string[] = [];
      const orphans: string[] = [];
      for (let at = 0; at < ids.length; at += batchSize) {
        const part = ids.slice(at, at + batchSize);
        const there = await sessions
          .find({ _id: { $in: part }, v: documentVersion }, { projection: { seq: 1 } })
          .toArray();
        const projected = new Map(there.map(({ _id, seq }) => [_id, seq]));
        for (const id of part) {
          const seq = projected.get(id);
          if (seq === undefined) orphans.push(id);
          else if (seq < (newest.get(id) ?? 0)) behind.push(id);
        }
      }
      await removeOrphans(orphans);
      if (behind.length === 0 && olderThan > (seenUntil ?? 0)) {
        seenUntil = olderThan;
        await notes.updateOne({ _id: noteName }, { $set: { value: String(olderThan) } }, { upsert: true });
      }
      return behind.slice(0, limit);
    },
  };
}
