// Station: cli/doctor. The keys of whoever issues the tokens. Listed in run-doctor.
import { type DoctorCheck, failed, ok } from '../check.js';
import { reachFailure, readBounded } from '../reach.js';

/** JWKS_URL, where it is given. */
export const jwksCheck: DoctorCheck = {
  name: 'jwks',
  why: 'without the keys of whoever issues the tokens no token can be verified, and nobody gets in',
  run: async ({ config, signal }) => {
    const { jwksUrl } = config.auth;
    if (jwksUrl === null) return [];
    try {
      const response = await fetch(jwksUrl, { redirect: 'manual', signal });
      const body = await readBounded(response);
      const keys = response.status === 200 ? countKeys(body) : 0;
      return [
        keys > 0
          ? ok(`${keys} keys`)
          : failed(`answers ${response.status}, without keys`, 'set JWKS_URL to the address of the key set'),
      ];
    } catch (cause) {
      return [reachFailure(cause, 'JWKS_URL', 'JWKS_URL')];
    }
  },
};

function countKeys(body: string): number {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'keys' in parsed && Array.isArray(parsed.keys)
      ? parsed.keys.length
      : 0;
  } catch {
    // No JSON, so no keys.
    return 0;
  }
}
