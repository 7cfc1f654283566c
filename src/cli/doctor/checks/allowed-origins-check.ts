// Station: cli/doctor. Which web pages may use the server. Listed in run-doctor.
import { type DoctorCheck, type NamedVerdict, ok, warning } from '../check.js';

/** Origins of sockets and of the HTTP API. */
export const allowedOriginsCheck: DoctorCheck = {
  name: 'origins',
  why: 'a page of any origin that gets hold of a token may use it from its visitors’ browsers',
  run: async ({ config }) => {
    const { allowedOrigins } = config.sockets;
    const { corsOrigins } = config.http;
    if (allowedOrigins.length === 0) {
      const found = 'a web page of any origin may open a WebSocket, if it has a token';
      return [config.mode === 'dev' ? ok(found) : warning(found, 'set ALLOWED_ORIGINS to the origins of your pages')];
    }
    const verdicts: NamedVerdict[] = [ok(allowedOrigins.join(', '))];
    const open = allowedOrigins.filter((origin) => origin.startsWith('http://') && !isLoopback(origin));
    if (open.length > 0)
      verdicts.push(
        warning(`${open.join(', ')}: a page that anybody on the way may change`, 'serve the page over https'),
      );
    const apart = corsOrigins.filter((origin) => !allowedOrigins.includes(origin));
    if (apart.length > 0) {
      verdicts.push(
        warning(
          `${apart.join(', ')} may call the HTTP API, and open no WebSocket`,
          'let CORS_ALLOWED_ORIGINS and ALLOWED_ORIGINS agree',
        ),
      );
    }
    return verdicts;
  },
};

function isLoopback(origin: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(origin).hostname);
}
