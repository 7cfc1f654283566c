// Station: cli/config. Runs `chatbox config show`.
import type { Invocation } from '../command.js';
import { loadOrFail } from '../config-options.js';
import { exitCodes } from '../exit-codes.js';
import { shapeOf, table } from '../output/table.js';

/** Prints every setting with its value and origin; notices go to stderr. */
export async function showConfig(invocation: Invocation): Promise<number> {
  const { config, settings, notices } = await loadOrFail(
    invocation,
    invocation.options.dev === true ? 'dev' : 'production',
  );
  const { showSettings } = await import('../../server/config/show.js');
  const { io, output } = invocation;
  const shown = showSettings(settings, config.llm.providers).filter(
    ({ isGiven }) => isGiven || invocation.options.given !== true,
  );
  const data = shown.map(({ key, env, value, origin, isSecret }) => ({ key, env, value, origin, secret: isSecret }));
  await output.result(data, () =>
    table(
      ['SETTING', 'ENVIRONMENT', 'FROM', 'VALUE'],
      shown.map(({ key, env, value, origin }) => [key, env, origin, value]),
      shapeOf(io.stdout),
    ),
  );
  for (const { source, message } of notices) output.warn(`${source}: ${message}`);
  return exitCodes.ok;
}
