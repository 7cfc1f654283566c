// Station: k8s/rules. The address at which clouds hand out credentials to whoever asks. Listed in index.
import { at, listAt, type Path, textAt } from '../json.js';
import type { Complaint, Rule } from '../rule.js';

const address = '169.254.169.254';

/** No way to the metadata address. */
export const metadataAddress: Rule = {
  id: 'metadata-address',
  title: 'The metadata address is out of reach',
  why: `a server that fetches URLs and may reach ${address} can be made to read the node's own credentials`,
  fix: `except ${address}/32 from ipBlocks that hold it, and give egress rules without a destination ports other than 80`,
  severity: 'error',
  equivalents: {},
  check: (object) =>
    object.kind !== 'NetworkPolicy'
      ? []
      : listAt(object.raw, 'spec', 'egress').flatMap((rule, index): readonly Complaint[] => {
          const path: Path = ['spec', 'egress', index];
          const peers = listAt(rule, 'to');
          if (peers.length === 0 && mayReachWeb(rule))
            return [{ path, message: `lets everything out, ${address} too` }];
          return peers.flatMap((peer, number) => {
            const cidr = textAt(peer, 'ipBlock', 'cidr');
            const isOpen =
              cidr !== undefined &&
              holds(cidr) &&
              !listAt(peer, 'ipBlock', 'except').some((each) => holds(String(each)));
            return isOpen ? [{ path: [...path, 'to', number], message: `${cidr} holds ${address}` }] : [];
          });
        }),
};

function mayReachWeb(rule: unknown): boolean {
  const ports = listAt(rule, 'ports');
  return (
    ports.length === 0 ||
    ports.some((port) => at(port, 'port') === undefined || at(port, 'port') === 80 || at(port, 'port') === 'http')
  );
}

/** Whether an IPv4 network holds the address. */
function holds(cidr: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/');
  const shift = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(base) / shift) === Math.floor(numberOf(address) / shift);
}

/** An IPv4 address as a number; NaN, which equals nothing, for anything else. */
function numberOf(text: string): number {
  const parts = text.split('.');
  if (parts.length !== 4) return Number.NaN;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}
