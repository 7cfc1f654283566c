// Station: cli/doctor. The endpoints of the model providers, asked for their list of models, which costs nothing. Listed in run-doctor.
import type { ProviderConfig } from '../../../server/config/schema.js';
import { type DoctorCheck, failed, type NamedVerdict, ok, warning } from '../check.js';
import { reachFailure, readBounded } from '../reach.js';

/** Model endpoints. */
export const modelsCheck: DoctorCheck = {
  name: 'model',
  why: 'users get no answer from an endpoint that cannot be reached, or that refuses the key',
  run: async ({ config, signal }) => await Promise.all(config.llm.providers.map((provider) => ask(provider, signal))),
};

async function ask(provider: ProviderConfig, signal: AbortSignal): Promise<NamedVerdict> {
  const name = `model ${provider.id}`;
  if (provider.type === 'echo' || provider.endpoint === null) {
    return { name, ...ok('built in: answers with what it was told') };
  }
  const key = provider.apiKey?.reveal();
  try {
    const response = await fetch(`${provider.endpoint}/models`, {
      headers: { accept: 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      redirect: 'manual',
      signal,
    });
    return { name, ...(await judge(response, provider)) };
  } catch (cause) {
    return { name, ...reachFailure(cause, 'the endpoint', `LLM_PROVIDER_<n>_ENDPOINT of ${provider.id}`) };
  }
}

async function judge(response: Response, { models }: ProviderConfig) {
  const { status } = response;
  const body = await readBounded(response);
  if (status === 401 || status === 403)
    return failed(`answers ${status}: the key is refused`, 'set API_KEY of this provider to a key that is good');
  if (status >= 300 && status < 400)
    return failed(`answers ${status}: it lies elsewhere`, 'set its ENDPOINT to where it leads');
  // Not every endpoint lists its models; that it answers is what counts.
  if (status === 404 || status === 405) return ok(`answers ${status}: reached, and it lists no models`);
  if (status >= 400)
    return warning(`answers ${status}`, 'look at the status page of the provider; users may get no answer meanwhile');
  const listed = idsOf(body);
  const missing = models.filter(({ upstreamName }) => listed.length > 0 && !listed.includes(upstreamName));
  if (missing.length === 0) return ok(listed.length === 0 ? 'reached' : `reached; it has every configured model`);
  const names = missing.map(({ upstreamName }) => upstreamName).join(', ');
  return warning(
    `reached, but it does not list ${names}`,
    'mend MODEL or MODELS of this provider, or ask for access to the model',
  );
}

function idsOf(body: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(body);
    const data: unknown = typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed.data : [];
    return Array.isArray(data) ? data.flatMap((item: unknown) => idOf(item)) : [];
  } catch {
    // No JSON: an endpoint without a list.
    return [];
  }
}

function idOf(item: unknown): readonly string[] {
  return typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? [item.id] : [];
}
