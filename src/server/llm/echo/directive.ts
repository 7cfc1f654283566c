// Station: llm/echo. Reads `/echo name=value flag … text` off the start of a message. Pure; called by the provider.
import { type EchoOption, echoOptions } from './echo-options.js';
import type { EchoScript } from './echo-script.js';

/** A message as the echo model takes it. */
export type ReadMessage =
  | { readonly kind: 'plain' }
  /** `text` is what stands behind the options, as it was written. */
  | { readonly kind: 'scripted'; readonly script: EchoScript; readonly text: string }
  | { readonly kind: 'mistaken'; readonly problem: string };

const opening = /^\/echo(?=\s|$)/;
const nextWord = /^\s*(\S+)/;

/** Reads the directive of a message, if it begins with one. Options end at the first word that is none, or at `--`. */
export function readDirective(message: string, base: EchoScript): ReadMessage {
  const start = opening.exec(message);
  if (start === null) return { kind: 'plain' };
  let script = base;
  let rest = message.slice(start[0].length);
  for (;;) {
    const match = nextWord.exec(rest);
    const word = match?.[1];
    if (match === null || word === undefined) break;
    if (word === '--') {
      rest = rest.slice(match[0].length);
      break;
    }
    const found = readWord(word);
    if (found === null) break;
    if (typeof found === 'string') return { kind: 'mistaken', problem: found };
    script = { ...script, ...found };
    rest = rest.slice(match[0].length);
  }
  return { kind: 'scripted', script, text: rest.replace(/^\s/, '') };
}

/** What a word changes; a sentence where it is a mistake; null where it is the beginning of the text. */
function readWord(word: string): Partial<EchoScript> | string | null {
  const equals = word.indexOf('=');
  const name = equals === -1 ? word : word.slice(0, equals);
  const option = echoOptions.find((known) => known.name === name);
  if (equals === -1) return option === undefined || option.form !== null ? null : option.read('');
  if (option === undefined) {
    return /^[a-z_]{1,20}$/.test(name) ? `There is no option "${name}". Say "/echo help" for the list.` : null;
  }
  if (option.form === null) return `The option "${name}" takes no value.`;
  return option.read(word.slice(equals + 1)) ?? wrongValue(option);
}

function wrongValue(option: EchoOption): string {
  return `The option "${option.name}" takes ${option.form} and can't use that value. Say "/echo help" for the list.`;
}
