// Station: cli/secrets/age. Whether a file was encrypted with age, by how it begins. Called by open-source, which loads the rest only then.
import { open } from 'node:fs/promises';

const beginnings = ['-----BEGIN AGE ENCRYPTED FILE-----', 'age-encryption.org/v1'];

/** False also for what cannot be read: whoever reads it next says why. */
export async function isAgeFile(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
      const text = buffer.toString('latin1', 0, bytesRead);
      return beginnings.some((beginning) => text.startsWith(beginning));
    } finally {
      await file.close();
    }
  } catch {
    // A folder, or a file that is not there.
    return false;
  }
}
