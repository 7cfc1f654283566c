// Station: cli/commands. `chatbox k8s check`. What runs it is in cli/k8s-check.
import type { Command } from '../command.js';

/** Holds manifests against the rules. */
export const k8sCheckCommand: Command = {
  path: ['k8s', 'check'],
  summary: 'Hold Kubernetes manifests against the rules of docs/kubernetes-check.md; exit 1 if one is broken',
  args: '[files...]',
  options: [
    { flags: '--waivers <file>', summary: 'file with waivers: a list of rule, object and reason' },
    { flags: '--sarif', summary: 'print SARIF 2.1.0 instead' },
    { flags: '--rules', summary: 'list the rules and check nothing' },
  ],
  examples: [
    'chatbox k8s check deploy/',
    'chatbox k8s render --image registry.example.com/chatbox:1.2.3 --host chat.example.com | chatbox k8s check -',
    'chatbox k8s check deploy/ --json | jq .findings',
    'chatbox k8s check --rules',
  ],
  load: async () => (await import('../k8s-check/run-check.js')).runCheck,
};
