import type { ProviderList, SaveKey } from '#protocol/api/keys.ts'
import type { JsonRequest } from './request-json.ts'

/** The calls about a user's own keys. */
export interface KeyCalls {
  /** All providers, how they are, and whose key they are asked with. */
  listProviders: (options?: { signal?: AbortSignal }) => Promise<ProviderList>
  /** Takes the place of the key before; it cannot be read again. */
  saveKey: (provider: string, body: SaveKey) => Promise<void>
  deleteKey: (provider: string) => Promise<void>
}

const TRIES = 4

export function keyCalls(request: <Reply>(json: JsonRequest) => Promise<Reply>): KeyCalls {
  const key = (provider: string) => `/api/v1/keys/${encodeURIComponent(provider)}`
  return {
    listProviders: ({ signal } = {}) => request({ method: 'GET', path: '/api/v1/providers', signal, tries: 2 }),
    saveKey: (provider, body) => request({ method: 'PUT', path: key(provider), body, tries: TRIES }),
    deleteKey: (provider) => request({ method: 'DELETE', path: key(provider), tries: TRIES }),
  }
}
