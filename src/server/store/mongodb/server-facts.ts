// Station: store/mongodb. What the server is and can do, asked once at start; whatever it lacks is done without. Called by connect.
import type { Db } from 'mongodb';

/** What was found. */
export interface ServerFacts {
  /** As an operator would say it: `MongoDB 7.0.5, replica set rs0`. */
  readonly name: string;
  /** Several members, so that reads and writes are those of a majority. */
  readonly isReplicated: boolean;
  /** Validators on collections. */
  readonly hasValidators: boolean;
  /** The server's clock minus ours, in milliseconds. */
  readonly clockSkewMs: number;
}

/** Asks the server. @throws what the driver throws */
export async function askServer(db: Db, nowMs: () => number): Promise<ServerFacts> {
  const build = await db.command({ buildInfo: 1 });
  const before = nowMs();
  const hello = await db.command({ hello: 1 });
  const middle = (before + nowMs()) / 2;
  const set = typeof hello.setName === 'string' ? hello.setName : null;
  const isSharded = hello.msg === 'isdbgrid';
  const compatible = typeof build.ferretdbVersion === 'string' ? build.ferretdbVersion : null;
  const what =
    compatible === null
      ? `MongoDB ${String(build.version)}`
      : `FerretDB ${compatible} (as MongoDB ${String(build.version)})`;
  const how = set !== null ? `replica set ${set}` : isSharded ? 'sharded cluster' : 'standalone';
  return {
    name: `${what}, ${how}`,
    isReplicated: set !== null || isSharded,
    hasValidators: compatible === null,
    clockSkewMs: hello.localTime instanceof Date ? hello.localTime.getTime() - middle : 0,
  };
}
