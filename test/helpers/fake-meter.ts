// Station: test/helpers. A meter that remembers what it was told. Called by tests of whatever takes a Meter.
import type { Meter } from '../../src/server/ports/telemetry.js';

/** A meter, and its calls as `name(argument, …)`, oldest first. */
export interface FakeMeter extends Meter {
  readonly calls: string[];
}

const names = [
  'socketOpened',
  'socketClosed',
  'frameReceived',
  'framesSent',
  'frameFailed',
  'sessionCreated',
  'sessionEnded',
  'llmAsked',
  'llmAnswered',
  'llmFailed',
  'llmFirstToken',
  'storeOperation',
  'valueUnreadable',
  'rateLimited',
  'resumed',
  'slowConsumerClosed',
  'sessionTakenOver',
  'adminMessageDropped',
  'httpRequest',
] as const satisfies readonly (keyof Meter)[];

/** Makes a meter that has heard nothing. */
export function createFakeMeter(): FakeMeter {
  const calls: string[] = [];
  const record =
    (name: string) =>
    (...told: readonly unknown[]) =>
      void calls.push(`${name}(${told.join(', ')})`);
  const entries = names.map((name) => [name, record(name)] as const);
  return Object.assign(Object.fromEntries(entries) as Record<(typeof names)[number], () => void>, { calls });
}
