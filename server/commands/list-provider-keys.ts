import type { KeyedProviderView, ProviderList } from '#protocol/api/keys.ts'
import type { Store } from '#server/ports/store.ts'
import { noKeyWords, type KnownProvider } from './resolve-model.ts'

/** A provider instance as far as its key goes. */
export interface DescribedProvider extends KnownProvider {
  /** What it speaks. */
  kind?: string
  hasServerKey?: boolean
}

/** What runs in the server's own processes is opened by nobody's key. */
const KEYLESS_KINDS: ReadonlySet<string> = new Set(['demo', 'local-gguf'])

/** All providers, those without any key too, and whose key this user asks them with. */
export async function listProviderKeys(
  { store, providers }: { store: Store; providers: readonly DescribedProvider[] },
  userId: string,
): Promise<ProviderList> {
  const [catalogue, ownKeys] = await Promise.all([store.readCatalogue(), store.listUserKeys(userId)])
  return {
    providers: providers.map((provider): KeyedProviderView => {
      const { id, name, kind = id, local, needsKey, hasServerKey } = provider
      const entry = needsKey ? undefined : catalogue.get(id)
      const own = ownKeys.get(id)
      const isClosed = needsKey === true && !own
      return {
        id,
        name,
        kind,
        local,
        status: isClosed ? 'no-key' : (entry?.status ?? 'pending'),
        error: isClosed ? noKeyWords(provider) : (entry?.error ?? null),
        key: own ? 'own' : hasServerKey ? 'server' : 'none',
        ownKey: own ? { setAt: new Date(own.createdAt).toISOString(), baseUrl: own.baseUrl } : null,
        takesKey: takesKey(provider),
      }
    }),
  }
}

export function takesKey({ id, kind = id }: DescribedProvider): boolean {
  return !KEYLESS_KINDS.has(kind)
}
