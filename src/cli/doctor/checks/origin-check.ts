// Station: cli/doctor. Where the configuration came from, and what the loader had to say of it. Listed in run-doctor.
import { type DoctorCheck, ok, warning } from '../check.js';

/** The sources of the settings that somebody gave. */
export const configOriginCheck: DoctorCheck = {
  name: 'configuration',
  why: 'a setting from a source that nobody remembers wins over the one that everybody looks at',
  run: async ({ settings, notices }) => {
    const origins = new Map<string, number>();
    for (const { isGiven, origin } of settings.values()) {
      if (!isGiven) continue;
      const source = sourceOf(origin);
      origins.set(source, (origins.get(source) ?? 0) + 1);
    }
    const parts = [...origins].map(([source, count]) => `${count} from ${source}`);
    const found = parts.length === 0 ? 'good; everything is as by default' : `good; ${parts.join(', ')}`;
    // Origins have a check of their own.
    const others = notices.filter(({ message }) => !message.includes('of any origin may open'));
    return [
      ok(found),
      ...others.map(({ source, message }) => warning(`${source}: ${message}`, 'chatbox config show --given')),
    ];
  },
};

/** `env RATE_LIMIT` is the environment, `chatbox.yaml:12 http.port` the file. */
function sourceOf(origin: string): string {
  if (origin.startsWith('env ')) return 'the environment';
  if (origin.startsWith('--')) return 'flags';
  return /^(.+?):\d+( |$)/.exec(origin)?.[1] ?? origin.replace(/\/[A-Z][A-Z0-9_]*$/, '');
}
