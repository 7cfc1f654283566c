// Station: cli/secrets/age. An env file encrypted with age for the recipients that are named. Called by write-set.
import { armor, Encrypter } from 'age-encryption';
import { type Invocation, optionList, optionText } from '../../command.js';
import { CliError, exitCodes } from '../../exit-codes.js';
import { asEnvFile } from '../formats.js';
import type { SecretSet } from '../wanted.js';
import { readLines } from './read-lines.js';

/** Reads --recipient and --recipients-file. Resolves to what encrypts a set, as armoured text. @throws CliError (usage, config) */
export async function openEncrypter(invocation: Invocation): Promise<(set: SecretSet) => Promise<string>> {
  const given = optionList(invocation, 'recipient').map((recipient) => ({ recipient, option: '--recipient' }));
  const file = optionText(invocation, 'recipientsFile');
  const listed = file === undefined ? [] : await readLines(invocation.io, '--recipients-file', file);
  const all = [...given, ...listed.map((recipient) => ({ recipient, option: `--recipients-file: ${file}` }))];
  if (all.length === 0)
    throw new CliError(
      exitCodes.usage,
      '--recipient is missing: nobody could open the file',
      'name who may: --recipient age1…, as often as needed, or --recipients-file FILE',
    );
  const encrypter = new Encrypter();
  for (const { recipient, option } of all) addTo(encrypter, recipient, option);
  return async (set) => armor.encode(await encrypter.encrypt(asEnvFile(set)));
}

function addTo(encrypter: Encrypter, recipient: string, option: string): void {
  // What is no recipient is not repeated: somebody may have named their identity.
  const refused = (what: string, fix: string) => new CliError(exitCodes.usage, `${option} ${what}`, fix);
  if (recipient.startsWith('AGE-SECRET-KEY-'))
    throw refused('names an identity, which is secret, and no recipient', '`age-keygen -y FILE` prints its recipient');
  if (recipient.startsWith('ssh-'))
    throw refused('names an SSH key, which is not known here', 'make a recipient with `age-keygen`');
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw refused('names no recipient of age', 'it begins with age1; `age-keygen -y FILE` prints it');
  }
}
