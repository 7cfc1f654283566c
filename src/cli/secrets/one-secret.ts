// Station: cli/secrets. One secret of a set, if the server would take it. Called by run-rotate and run-rotate-jwt.
import { secretOf } from '../../server/config/read-sources.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { judge } from './judge.js';
import type { SetReading } from './read-set.js';

/** Its value; null where the set has none. @throws CliError (config) where it is there twice, or the server would not take it */
export function oneSecret(set: SetReading, name: string, label: string): string | null {
  const given = set.values.filter((value) => value.name === name);
  const [first] = given;
  if (first === undefined) return null;
  if (given.length > 1)
    throw new CliError(
      exitCodes.config,
      `${label} has more than one ${name}`,
      `look with \`chatbox secrets check ${label}\``,
    );
  const raw = secretOf(first.raw);
  const [problem] = judge([{ ...first, raw }]);
  if (problem !== undefined)
    throw new CliError(exitCodes.config, `${problem.source} ${problem.message}`, problem.fix ?? undefined);
  return raw === '' ? null : raw;
}
