// Station: cli/keys. Runs `chatbox keys list`.
import type { Invocation } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { keyRows, keyTable, scanned, withKeyWork } from './key-table.js';

/** Prints the keys, and the servers that run. Exit 130 when the scan was stopped. */
export async function listKeys(invocation: Invocation): Promise<number> {
  const isScan = invocation.options.scan === true;
  const { keys, servers, use } = await withKeyWork(invocation, async (work) => ({
    keys: await work.standings(),
    servers: await work.servers(),
    use: isScan ? await scanned(invocation, work, 'counting') : null,
  }));
  if (use?.isWhole === false) return exitCodes.interrupted;
  const rows = keyRows(keys, servers, use);
  const data = {
    keys: rows,
    servers: servers.map(({ replicaId, version, activeId, keyIds }) => ({
      replica_id: replicaId,
      version,
      active: activeId,
      keys: keyIds,
    })),
    ...(use === null ? {} : { records: use.records, plain: use.plain }),
  };
  await invocation.output.result(data, () => {
    if (rows.length === 0 && (use === null || use.plain === 0)) return 'no keys: nothing is sealed here\n';
    const plain = use === null ? '' : `${use.plain.toLocaleString('en-US')} values are not sealed\n`;
    return keyTable(rows, servers.length, invocation.io.stdout) + plain;
  });
  return exitCodes.ok;
}
