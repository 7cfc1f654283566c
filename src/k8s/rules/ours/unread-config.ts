// Station: k8s/rules. Settings that no server reads: misspelt, of another version, or refused. Listed in index.
import { describeProblem } from '../../../server/config/problem.js';
import type { Complaint, KubeObject, Rule } from '../rule.js';
import { type ServerView, serversOf } from '../server-of.js';

/** Config keys against the server's own schema. */
export const unreadConfig: Rule = {
  id: 'unread-config',
  title: 'Every setting is one that the server reads',
  why: 'a misspelt setting stops the start, or leaves the default in place while everybody believes otherwise',
  fix: 'compare with docs/configuration.md, or look with `chatbox config check`',
  severity: 'error',
  equivalents: {},
  check: (object, all) => serversOf(object, all).flatMap((server) => complaintsOf(server, object)),
};

function complaintsOf(server: ServerView, object: KubeObject): readonly Complaint[] {
  const fromSources = server.sources.flatMap(({ object: source, path, foreign, reading }) => {
    const place = source === object ? path : server.container.path;
    const where = source === object ? '' : `${source.kind} ${source.name}: `;
    // A notice names a variable that is misspelt by a letter, or without effect; a secret in a file is another rule's.
    const notices = reading.notices.filter(({ message }) => /not read|no effect/.test(message));
    return [
      ...notices.map(({ source: name, message }) => ({ path: place, message: `${where}${name} ${message}` })),
      ...foreign.map((name) => ({
        path: place,
        message: `${where}${name} is no setting of chatbox, and nothing else reads it`,
      })),
    ];
  });
  // A placeholder is R16's.
  const problems = server.problems
    .filter(({ message }) => message !== 'holds a placeholder')
    .map((problem) => ({ path: server.container.path, message: describeProblem(problem) }));
  return [...fromSources, ...problems];
}
