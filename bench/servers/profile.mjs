// V8's own profiler, around a stretch of load.
import { Session } from 'node:inspector/promises';

const intervalMicros = 200;
let session = null;

/** Begins to sample. */
export async function startProfile() {
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: intervalMicros });
  await session.post('Profiler.start');
}

/** Ends it and gives the profile, in the format that browsers' tools read. */
export async function stopProfile() {
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  session = null;
  return profile;
}
