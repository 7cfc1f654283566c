// The child's end of a bench process: answers the parent's requests over the IPC channel, one handler per operation.

/** Serves `handlers` (operation to function) until the parent goes away. */
export function serveParent(handlers) {
  process.on('message', async ({ id, op, args }) => {
    try {
      const handler = handlers[op];
      if (handler === undefined) throw new Error(`no operation "${op}"`);
      process.send?.({ id, result: await handler(args) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  // Leaves by exit, so that what a child left on the disk is removed on the way.
  for (const end of ['disconnect', 'SIGTERM']) process.once(end, () => process.exit(0));
  process.send?.({ ready: true });
}

/** Resident bytes after a collection, where the process was started with --expose-gc. */
export async function residentBytes() {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().rss;
}

/** Microseconds of a clock that every process of this machine shares. */
export function sharedMicros() {
  return Number(process.hrtime.bigint() / 1000n);
}
