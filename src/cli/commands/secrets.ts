// Station: cli/commands. `chatbox secrets create|check|rotate`. What runs them is in cli/secrets.
import type { Command, CommandOption } from '../command.js';
import { sourceOptions } from '../config-options.js';

const config: CommandOption = {
  flags: '--config <file>',
  summary: 'config file of the server: which secrets it waits for follows from it',
};

/** Which cluster, where a Secret is read or written in one. */
const cluster: readonly CommandOption[] = [
  {
    flags: '--kubeconfig <file>',
    summary: 'kubeconfig of the cluster; else KUBECONFIG, else the one in the home folder',
  },
  { flags: '--context <context>', summary: 'context of the kubeconfig; else its current one' },
];

/** Makes the secrets of a deployment. */
export const secretsCreateCommand: Command = {
  path: ['secrets', 'create'],
  summary: 'Generate keys, ask for the other secrets without echo, and write them where the server reads them',
  options: [
    {
      flags: '--output <path>',
      summary: 'file, or folder with --format files, to write (0600); never in a git work tree, unless it is sealed',
    },
    { flags: '--apply', summary: 'write a Secret into the cluster: what is missing is made, what is there is kept' },
    {
      flags: '--format <format>',
      summary:
        'Secret manifest, env file, folder of files, SealedSecret, ExternalSecret, or env file encrypted with age',
      default: 'k8s',
      choices: ['k8s', 'env', 'files', 'sealed', 'external', 'age'],
    },
    { flags: '--from-file <name=path...>', summary: 'take a secret from a file that holds it alone' },
    { flags: '--from-env', summary: 'take secrets from the environment, by the names that the server knows' },
    { flags: '--from-stdin', summary: 'take secrets from NAME=value lines on standard input' },
    { flags: '--without <name...>', summary: 'neither generate nor ask for these' },
    config,
    { flags: '--name <name>', summary: 'name of the Secret, as in k8s render', default: 'chatbox-secrets' },
    {
      flags: '--namespace <namespace>',
      summary: 'namespace of the Secret; else whoever applies it says, with --apply the context, or chatbox',
    },
    ...cluster,
    { flags: '--cert <file>', summary: 'certificate of the controller that opens a SealedSecret, in PEM' },
    {
      flags: '--scope <scope>',
      summary: 'where a SealedSecret may be opened; strict (under its own name alone) if not given',
      choices: ['strict', 'namespace-wide', 'cluster-wide'],
    },
    { flags: '--store <name>', summary: 'store in which an ExternalSecret finds the values' },
    {
      flags: '--store-kind <kind>',
      summary: 'kind of that store; SecretStore if not given',
      choices: ['SecretStore', 'ClusterSecretStore'],
    },
    {
      flags: '--remote-key <key>',
      summary: 'entry of the store with a property for each secret; with {name} in it, one entry for each',
    },
    { flags: '--recipient <recipient...>', summary: 'who may decrypt the file: age1…' },
    { flags: '--recipients-file <file>', summary: 'file with one such recipient to a line' },
    { flags: '--force', summary: 'replace what is there, also keys and what others own; write into a git work tree' },
    { flags: '--dry-run', summary: 'write nothing: say what would be' },
    { flags: '--show', summary: 'print the values too, on a terminal only' },
  ],
  examples: [
    'chatbox secrets create --output secrets.yaml --from-file MONGO_URI=mongo.uri',
    'chatbox secrets create --format env --output chatbox.env --from-env',
    'chatbox secrets create --format files --output ./secrets --without LLM_PROVIDER_1_API_KEY',
    'chatbox secrets create --apply --namespace chat --from-file MONGO_URI=mongo.uri',
  ],
  load: async () => (await import('../secrets/run-create.js')).createSecrets,
};

/** Says everything that is wrong with a set of secrets. */
export const secretsCheckCommand: Command = {
  path: ['secrets', 'check'],
  summary:
    'Check an env file, a folder of secrets, a Secret manifest or a Secret in a cluster; exit 3 and name every problem with its fix',
  args: '<source>',
  options: [
    config,
    { flags: '--identity <file>', summary: 'file with the identity that decrypts a source encrypted with age' },
    {
      flags: '--namespace <namespace>',
      summary: 'namespace of the source secret/NAME; else that of the context, or chatbox',
    },
    ...cluster,
  ],
  examples: [
    'chatbox secrets check secrets.yaml',
    'chatbox secrets check ./secrets --config chatbox.yaml --json',
    'chatbox secrets check secret/chatbox-secrets --namespace chat',
  ],
  load: async () => (await import('../secrets/run-check.js')).checkSecrets,
};

/** From one key to the next, in a set of secrets. */
export const secretsRotateCommand: Command = {
  path: ['secrets', 'rotate'],
  summary:
    'Take one step from a key to the next (jwt or encryption) in a set of secrets, if data, servers and time allow it',
  args: '<key>',
  options: [
    { flags: '--step <step>', summary: 'which step', choices: ['add', 'promote', 'retire'], required: true },
    {
      flags: '--source <source>',
      summary: 'env file, folder of secrets, Secret manifest, or Secret in a cluster (secret/NAME) to change',
      required: true,
    },
    {
      flags: '--namespace <namespace>',
      summary: 'namespace of the source secret/NAME; else that of the context, or chatbox',
    },
    ...cluster,
    { flags: '--force', summary: 'change a Secret in a cluster also where another field manager owns the key' },
    {
      flags: '--token-lifetime <duration>',
      summary:
        'jwt, retire: how long the longest-lived token is good; the old key stays that long after it was replaced',
    },
    {
      flags: '--since <time>',
      summary: 'jwt, retire: when the last signer had the new key, where that was later than the step promote',
    },
    { flags: '--skip-servers', summary: 'jwt: do not ask the store which servers run and what they know' },
    { flags: '--data-dir <dir>', summary: 'data folder of the store (DATA_DIR; else .chatbox, if a store lies there)' },
    ...sourceOptions,
    { flags: '--dry-run', summary: 'change nothing: say what the step would make of the list' },
  ],
  examples: [
    'chatbox secrets rotate jwt --step add --source secrets.yaml',
    'chatbox secrets rotate jwt --step retire --source secrets.yaml --token-lifetime 8h',
    'chatbox secrets rotate encryption --step add --source secrets.yaml',
    'chatbox secrets rotate encryption --step promote --source chatbox.env --data-dir /var/lib/chatbox',
    'chatbox secrets rotate encryption --step retire --source ./secrets --json',
    'chatbox secrets rotate encryption --step add --source secret/chatbox-secrets --namespace chat',
  ],
  load: async () => (await import('../secrets/run-rotate.js')).rotateSecrets,
};
