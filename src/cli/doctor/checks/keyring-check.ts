// Station: cli/doctor. The keys for what is stored, held against what the store was sealed with. Listed in run-doctor.
import { systemClock } from '../../../common/clock.js';
import { systemRandom } from '../../../common/random.js';
import { type DoctorCheck, failed, ok, warning } from '../check.js';
import { hurried, leastMs } from './store-check.js';

/** Keys and data. */
export const keyringCheck: DoctorCheck = {
  name: 'keyring',
  why: 'a key that is missing or another makes what people said unreadable, and a server with a wrong one does not start',
  leastMs,
  run: async ({ config, timeoutMs }) => {
    const { examineKeyring } = await import('../../../server/examine.js');
    const { ids, isSealing, look } = await examineKeyring(hurried(config, timeoutMs), {
      clock: systemClock,
      random: systemRandom,
    });
    const [active, ...older] = ids;
    if (look !== null && look.wrong.length > 0) {
      return [
        failed(
          `${look.wrong.join(', ')}: another key than the data was sealed with`,
          'give ENCRYPTION_KEYS as the other servers have it; a new key gets a new id',
        ),
      ];
    }
    const missing =
      look === null || look.missing.length === 0
        ? []
        : [
            failed(
              `no key ${look.missing.join(', ')}, which data was sealed with`,
              'add it behind the others in ENCRYPTION_KEYS',
            ),
          ];
    if (active === undefined || !isSealing) {
      return [
        ...missing,
        warning(
          'nothing is sealed: what people say is stored in the clear',
          'chatbox secrets create makes ENCRYPTION_KEYS',
        ),
      ];
    }
    const known =
      look === null
        ? 'there is no store yet to hold it against'
        : look.unused.includes(active)
          ? 'nothing is sealed with it yet'
          : 'it opens what is stored';
    const others = older.length === 0 ? '' : `; also opens ${older.join(', ')}`;
    return [...missing, ok(`${active} seals, ${known}${others}`)];
  },
};
