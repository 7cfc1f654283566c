// Station: cli/commands. `chatbox k8s render`. What runs it is in cli/k8s.
import { renderOptions } from '../../k8s/option-list.js';
import type { Command } from '../command.js';

/** Objects for a cluster. */
export const k8sRenderCommand: Command = {
  path: ['k8s', 'render'],
  summary: 'Print everything that a cluster needs to run chatbox, as YAML, a kustomization or a Helm chart',
  options: [
    { flags: '--from <file>', summary: 'these options from a file (YAML or JSON), by their names; a flag wins' },
    ...Object.values(renderOptions),
    { flags: '--output-dir <dir>', summary: 'write a file for each object and a kustomization.yaml there' },
    { flags: '--chart <dir>', summary: 'write a Helm chart there' },
    { flags: '--force', summary: 'write into a folder that holds other files too' },
  ],
  examples: [
    'chatbox k8s render --image registry.example.com/chatbox:1.2.3 --host chat.example.com | kubectl apply --server-side -f -',
    'chatbox k8s render --from deployment.yaml --monitoring --output-dir k8s',
    'chatbox k8s render --from deployment.yaml --ingress-class traefik --chart charts/chatbox',
  ],
  load: async () => (await import('../k8s/run-render.js')).runRender,
};
