// Station: config. docs/configuration.md and the .env example, made of the schema. Called by `chatbox config docs` and a test.
import { type CatalogEntry, catalog, providerCatalog } from './catalog.js';
import type { Mode } from './field.js';
import { unusedNames } from './unused-names.js';

const sections: Readonly<Record<string, string>> = {
  http: 'HTTP server',
  ops: 'Operations port',
  sockets: 'WebSockets',
  auth: 'Tokens',
  limits: 'Rates',
  chat: 'Conversations',
  store: 'Store',
  encryption: 'Encryption of what is stored',
  llm: 'Language models',
  readiness: 'Readiness',
  shutdown: 'Shutdown',
  log: 'Log',
};

function defaultOf({ field }: CatalogEntry, mode: Mode): string {
  const value = field.fallback[mode];
  if (value === null) {
    if (mode === 'production' && field.needed !== null) return `needed: ${field.needed}`;
    return field.parser.none === undefined ? 'not set' : `\`${field.parser.none}\``;
  }
  const written = field.parser.format(value);
  return written === '' ? 'none' : `\`${written}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function row(entry: CatalogEntry): string {
  const { field } = entry;
  const production = defaultOf(entry, 'production');
  const dev = defaultOf(entry, 'dev');
  const aliases = entry.env.slice(1).map((name) => `\`${name}\``);
  const notes = [
    field.doc,
    aliases.length > 0 ? `Also read as ${aliases.join(', ')}.` : '',
    field.flag === null ? '' : `Flag \`--${field.flag}\`.`,
    field.secret ? 'Secret.' : '',
  ];
  const cells = [
    `\`${entry.env[0]}\``,
    `\`${entry.fileKey}\``,
    field.parser.kind,
    production === dev ? production : `${production}; with \`--dev\` ${dev}`,
    notes.filter((note) => note !== '').join(' '),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

const tableHead = '| environment | config file | takes | default | what it is |\n|---|---|---|---|---|';

/** The page docs/configuration.md. */
export function configurationPage(): string {
  const tables = Object.entries(sections).map(([section, title]) => {
    const rows = catalog.filter(({ path }) => path[0] === section).map(row);
    return `## ${title}\n\n${tableHead}\n${rows.join('\n')}\n`;
  });
  // What is generated has a row of its own.
  const byMode = catalog.filter(
    (entry) => entry.field.generate === null && defaultOf(entry, 'dev') !== defaultOf(entry, 'production'),
  );
  const modes = byMode.map((entry) => {
    const cells = [`\`${entry.env[0]}\``, defaultOf(entry, 'dev'), defaultOf(entry, 'production')];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return `${introduction}
## What \`--dev\` changes

\`chatbox serve --dev\` tries it out on this machine. Without it nothing is guessed: what is missing or weak stops the start, and the message says how to give it.

| | \`--dev\` | production |
|---|---|---|
${modes.join('\n')}
| signing key | generated, kept in \`DATA_DIR/jwt.secret\` | \`JWT_SECRET\`, \`JWT_KEYS\` or \`JWKS_URL\` |
| model | the built-in \`echo\` | \`LLM_PROVIDER_1_*\` |
| tokens | a user's and an admin's, in \`DATA_DIR\` | \`chatbox token create\`, or your own issuer |

${tables.join('\n')}
## Model providers

Providers are numbered from 1; their models are offered in that order. In the config file they are the list \`llm.providers\`; number 1 is its first entry. \`LLM_PROVIDER_1_ID\` with \`_MODEL\` offers one model under that id;
\`LLM_PROVIDER_1_MODELS\` offers several, each \`id\`, \`id=Display name\` or \`id=Display name=upstream name\`, with commas between them.

${tableHead}
${providerCatalog(1).map(row).join('\n')}

## Without effect

Accepted, because older deployments set them, and each named at the start: ${unusedNames.map((name) => `\`${name}\``).join(', ')}.
`;
}

const introduction = `# Configuration

This page is made by \`chatbox config docs\` from the schema that the server itself loads.

A setting is taken from the first of these that gives it:

1. a flag of \`chatbox serve\`
2. the environment, then the file named by \`--env-file\`
3. the folder named by \`--secrets-dir\` or \`CREDENTIALS_DIRECTORY\`: one file for each secret, named like the environment variable
4. the config file (YAML or JSON) named by \`--config\` or \`CHATBOX_CONFIG\`
5. the default

\`chatbox config show\` prints each value and where it came from, \`chatbox config check\` everything that is wrong, at once. Unknown names (in the config file, flags, and environment names that begin with \`CHATBOX_\` or \`LLM_PROVIDER_\`) are errors;
\`CHATBOX_TEST_*\` and what Kubernetes sets for a Service of that name are ignored. A placeholder (\`PLACEHOLDER\`, \`CHANGE_ME\`, \`REPLACE_WITH\`, \`your-…\`) stops the start. An empty value means "not given", except for the path prefix and the system prompt.
Durations are written \`500ms\`, \`30s\`, \`15m\`, \`1h\`; sizes \`512KiB\`, \`1MiB\`; lists with commas, or as a list in the config file.

On Node 20 \`node\` itself takes the option \`--env-file\` too, wherever it stands: it puts the values into the environment (\`config show\` names that as their origin), and a file that is not there ends it before chatbox starts,
with \`node: <file>: not found\` and exit code 9. \`node -- bin/chatbox.js …\` leaves the option to chatbox, with its own message and exit code 3.
`;

/** A .env file with every setting as a comment, its default beside it. */
export function envExample(): string {
  const lines = [...catalog, ...providerCatalog(1)].flatMap((entry) => {
    const value = entry.field.fallback.production;
    const written = value === null || entry.field.secret ? '' : entry.field.parser.format(value);
    const quotes = /[\s#'"]/.test(written) ? JSON.stringify(written) : written;
    const needed = entry.field.needed === null ? '' : ` Needed: ${entry.field.needed}.`;
    return ['', `# ${entry.field.doc}${needed}`, `#${entry.env[0]}=${quotes}`];
  });
  return ['# Settings of chatbox. Remove the # before those that you set.', ...lines, ''].join('\n');
}
