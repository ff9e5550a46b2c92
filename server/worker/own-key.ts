import type { GenerationError } from '#protocol/provider-error.ts'
import type { KeyVault } from '#server/ports/key-vault.ts'
import { ProviderFailure, type ProviderRequest } from '#server/ports/provider.ts'
import type { UserKeyStore } from '#server/ports/user-keys.ts'

export interface OwnKeyDependencies {
  store: Pick<UserKeyStore, 'findUserKey'>
  vault: KeyVault
}

/**
 * The user's own key for a provider, opened; undefined when there is none. Throws a `ProviderFailure` when it cannot be
 * read: the server's key is no substitute for it, since it may be for another address and somebody else's bill.
 */
export async function openOwnKey(
  { store, vault }: OwnKeyDependencies,
  userId: string,
  provider: string,
): Promise<ProviderRequest['credentials']> {
  const stored = await store.findUserKey(userId, provider)
  if (!stored) return undefined
  const { sealed, baseUrl } = stored
  const apiKey = await vault.open(sealed, { userId, provider, baseUrl })
  if (apiKey === undefined) throw new ProviderFailure(unreadable(provider))
  return baseUrl === null ? { apiKey } : { apiKey, baseUrl }
}

function unreadable(provider: string): GenerationError {
  const message = `Your stored key for ${provider} cannot be read: the server's master key is another one than when it was stored. Enter it again.`
  return { kind: 'auth', message, retryable: false }
}
