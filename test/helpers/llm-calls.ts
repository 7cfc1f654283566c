// Station: test/helpers. Small things that tests of model providers share.
import type { Log } from '../../src/server/ports/telemetry.js';

const ignore = (): void => undefined;

/** A log that writes nothing. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
