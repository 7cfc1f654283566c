// Station: cli/doctor. The Node that runs this. Listed in run-doctor.
import { type DoctorCheck, failed, ok, warning } from '../check.js';

/** The oldest that is good, as in package.json. */
const oldest = [20, 19] as const;

/** Node's version. */
export const nodeCheck: DoctorCheck = {
  name: 'node',
  why: 'an older Node lacks what the server is built on; a release without long-term support gets no mends after half a year',
  run: async () => [judgeNode(process.versions.node)],
};

/** What there is to say of a version such as `20.19.0`. */
export function judgeNode(version: string) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    return failed(
      `v${version}, and ${oldest.join('.')} is needed`,
      'install Node 20.19 or newer, best the newest even one',
    );
  }
  if (major % 2 === 1) return warning(`v${version}, a release without long-term support`, `install Node ${major + 1}`);
  return ok(`v${version}`);
}
