// Station: config. The effective settings for people: value and origin of each, no secret among them. Called by `chatbox config show`.
import { createHash } from 'node:crypto';
import type { Setting, Settings } from './resolve.js';
import type { Config } from './schema.js';
import { Secret } from './secret.js';

/** A setting as it may be shown. */
export interface ShownSetting {
  /** Its name in the config file. */
  readonly key: string;
  readonly env: string;
  /** As people would write it; of a secret only that it is there. */
  readonly value: string;
  readonly origin: string;
  readonly isSecret: boolean;
  /** Whether somebody gave it; else it is a default. */
  readonly isGiven: boolean;
}

/** Every setting with its value and origin, in the order of the schema; providers that nobody gave as one line. */
export function showSettings(settings: Settings, providers: Config['llm']['providers']): readonly ShownSetting[] {
  const isProviderGiven = [...settings.keys()].some((key) => key.startsWith('llm.providers'));
  const assumed = {
    key: 'llm.providers',
    env: 'LLM_PROVIDER_1_TYPE',
    value: providers.map(({ type }) => type).join(','),
    origin: 'default',
    isSecret: false,
    isGiven: false,
  };
  const shownSettings = [...settings.values()].map((setting) => ({
    key: setting.entry.fileKey,
    env: setting.entry.env[0] ?? '',
    value: shown(setting),
    origin: setting.origin,
    isSecret: setting.entry.field.secret,
    isGiven: setting.isGiven,
  }));
  return isProviderGiven ? shownSettings : [...shownSettings, assumed];
}

function shown({ value, entry }: Setting): string {
  const { field } = entry;
  if (value === null) return field.parser.none ?? '(not set)';
  if (value instanceof Secret) return shownSecret(value, field.generate !== null);
  const written = field.secret ? '(set)' : field.parser.format(value);
  return written === '' ? '(none)' : written;
}

/** Only a key of full strength gets a fingerprint: that of a guessable password would help to guess it. */
function shownSecret(secret: Secret, isStrong: boolean): string {
  return isStrong ? `(set, sha256 ${fingerprint(secret.reveal())})` : '(set)';
}

/** The first 8 hex digits of its SHA-256: enough to see whether two places hold the same key. */
function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8);
}
