// Station: config. One model of a provider, as written in MODELS. Called by llm-fields and providers.
import { withinCodePoints } from '../../common/code-points.js';
import { limits } from '../../protocol/limits.js';
import { type Parser, parsed, parser, refused } from './parsers.js';

/** A model: the id that users choose it by, the name that they see, the name that the provider knows. */
export interface ModelConfig {
  readonly id: string;
  readonly name: string;
  readonly upstreamName: string;
}

/** `id`, `id=Display name` or `id=Display name=upstream name`. */
export const modelSpec: Parser<ModelConfig> = parser(
  'id, id=Display name or id=Display name=upstream name',
  (raw) => {
    const [id = '', name = id, upstreamName = id, ...more] = raw.split('=').map((part) => part.trim());
    if (more.length > 0) return refused('must have at most two = signs');
    if (id === '' || name === '' || upstreamName === '') return refused('must not have an empty part');
    if (!withinCodePoints(id, limits.modelId))
      return refused(`must have an id of at most ${limits.modelId} characters`);
    if (!withinCodePoints(name, limits.displayName)) {
      return refused(`must have a name of at most ${limits.displayName} characters`);
    }
    if (!withinCodePoints(upstreamName, 200)) return refused('must have an upstream name of at most 200 characters');
    return parsed({ id, name, upstreamName });
  },
  ({ id, name, upstreamName }) =>
    upstreamName === id ? (name === id ? id : `${id}=${name}`) : `${id}=${name}=${upstreamName}`,
);
