// Station: cli/secrets. How a set is written in each format. What a format needs (a certificate, recipients) is read before anybody is asked for a value. Called by run-create.
import type { Invocation } from '../command.js';
import type { Asked } from './create-options.js';
import { asEnvFile, asManifest, type Format } from './formats.js';
import { placeFile, placeFolder } from './place.js';
import type { SecretSet } from './wanted.js';

/** Whether a file of that format gives nothing away, so that it may lie in a git work tree. */
export function isForGit(format: Format): boolean {
  return format === 'sealed' || format === 'external' || format === 'age';
}

/** What writes the set to a path. An ExternalSecret has no set: it is not written here. @throws CliError where something that the format needs is missing or wrong */
export async function openWriter(
  invocation: Invocation,
  { format, secret, isForced }: Asked,
): Promise<(path: string, set: SecretSet) => Promise<void>> {
  const file = (textOf: (set: SecretSet) => string | Promise<string>) => async (path: string, set: SecretSet) =>
    await placeFile(path, await textOf(set), isForced);
  switch (format) {
    case 'k8s':
    case 'external':
      return file((set) => asManifest(set, secret));
    case 'env':
      return file(asEnvFile);
    case 'files':
      return async (path, set) => await placeFolder(path, set, isForced);
    case 'sealed':
      return file(await (await import('./sealed-secret.js')).openSealer(invocation, secret));
    case 'age':
      return file(await (await import('./age/encrypt-set.js')).openEncrypter(invocation));
    default:
      return format satisfies never;
  }
}
