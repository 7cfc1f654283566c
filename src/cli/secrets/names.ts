// Station: cli/secrets. Names that Kubernetes takes, for a Secret and its namespace. Called by whatever reads them from options and arguments.
import { CliError, exitCodes } from '../exit-codes.js';

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** The name of a namespace. @param option to name when it is wrong @throws CliError (usage) */
export function namespaceName(option: string, value: string): string {
  if (label.test(value)) return value;
  throw new CliError(exitCodes.usage, `${option}: must be 1 to 63 lower-case letters, digits and dashes`);
}

/** The name of a Secret, or of another object that is named like one. @throws CliError (usage) */
export function objectName(option: string, value: string): string {
  if (value.length <= 253 && subdomain.test(value)) return value;
  throw new CliError(exitCodes.usage, `${option}: must be 1 to 253 lower-case letters, digits, dashes and dots`);
}
