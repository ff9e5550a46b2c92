import type { SaveKey } from '#protocol/api/keys.ts'
import { RequestError } from '#server/domain/errors.ts'
import type { AddressGuard } from '#server/ports/address-guard.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { KeyVault } from '#server/ports/key-vault.ts'
import type { Store } from '#server/ports/store.ts'
import { takesKey, type DescribedProvider } from './list-provider-keys.ts'

/** Shorter ones are placeholders (`none`, `ollama`), and words that an address may well hold. */
const SHORTEST_SECRET = 7

export interface KeyDependencies {
  store: Store
  vault: KeyVault
  addressGuard: AddressGuard
  clock: Clock
  providers: readonly DescribedProvider[]
}

/**
 * Stores a user's own key for a provider, in place of one before. Throws `unknown-provider`, `provider-takes-no-key` or
 * `base-url-refused`.
 */
export async function saveKey(
  deps: KeyDependencies,
  { userId, providerId, body }: { userId: string; providerId: string; body: SaveKey },
): Promise<void> {
  const { store, vault, clock, providers } = deps
  const provider = findProvider(providers, providerId)
  if (!takesKey(provider)) {
    throw new RequestError('provider-takes-no-key', `${provider.name} runs in this server and needs no key.`)
  }
  const baseUrl = body.baseUrl === undefined ? null : await checkedAddress(deps.addressGuard, body.baseUrl, body.key)
  const sealed = await vault.seal(body.key, { userId, provider: provider.id, baseUrl })
  await store.saveUserKey(userId, provider.id, { sealed, baseUrl, createdAt: clock.now() })
}

/** Forgets the user's own key, if there is one; also for a provider that is no longer set up. Throws `unknown-provider`. */
export async function deleteKey(
  { store, providers }: KeyDependencies,
  { userId, providerId }: { userId: string; providerId: string },
): Promise<void> {
  const isStored = (await store.listUserKeys(userId)).has(providerId)
  await store.deleteUserKey(userId, isStored ? providerId : findProvider(providers, providerId).id)
}

function findProvider(providers: readonly DescribedProvider[], id: string): DescribedProvider {
  const provider = providers.find((candidate) => candidate.id === id)
  if (provider) return provider
  const shown = id.length > 64 ? `${id.slice(0, 64)}…` : id
  const detail = `There is no provider "${shown}". GET /api/v1/providers lists those that there are.`
  throw new RequestError('unknown-provider', detail, { provider: shown })
}

/** As it will be called, without the spellings that an address can have; addresses are shown, so that no key may be in it. */
async function checkedAddress(guard: AddressGuard, baseUrl: string, key: string): Promise<string> {
  const hasKey = key.length >= SHORTEST_SECRET && (baseUrl.includes(key) || baseUrl.includes(encodeURIComponent(key)))
  const reason = hasKey ? 'it contains the key, which belongs in its own field' : undefined
  const refusal = reason ?? (await guard.refusal(baseUrl))
  if (refusal !== undefined) {
    throw new RequestError('base-url-refused', `This base URL cannot be used: ${refusal}.`, { field: 'body.baseUrl' })
  }
  const { origin, pathname, search } = new URL(baseUrl)
  return origin + pathname.replace(/\/+$/, '') + search
}
