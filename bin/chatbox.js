#!/usr/bin/env node
// Runs the command line as it was bundled (docs/decisions/bundled-start.md) and ends with its exit code.
const main = await import('../dist/bundle/main.js').catch(notBuilt);
process.exitCode = main === null ? 1 : await main.runProcess(process);

/** A fresh clone has no bundle yet. Any other failure is none of ours to explain. */
async function notBuilt(cause) {
  const { existsSync } = await import('node:fs');
  if (existsSync(new URL('../dist/bundle/main.js', import.meta.url))) throw cause;
  process.stderr.write(
    'chatbox: this clone is not built yet (fix: run `npm run build` in it; `npm start` does so by itself)\n',
  );
  return null;
}
