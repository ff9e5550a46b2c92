import { createStore, type StoreApi } from 'zustand/vanilla'

export type Theme = 'system' | 'light' | 'dark'

export interface Preferences {
  theme: Theme
  /** The model chosen last; undefined leaves it to the server. */
  model: string | undefined
  thinking: boolean
}

const STORAGE_KEY = 'millrace.preferences'
const DEFAULTS: Preferences = { theme: 'system', model: undefined, thinking: false }

/** What this browser remembers; `public/theme.js` reads the theme from the same place before the first paint. */
export function createPreferences(storage: Pick<Storage, 'getItem' | 'setItem'>): StoreApi<Preferences> {
  const store = createStore<Preferences>(() => ({ ...DEFAULTS, ...read(storage) }))
  store.subscribe((preferences) => storage.setItem(STORAGE_KEY, JSON.stringify(preferences)))
  return store
}

function read(storage: Pick<Storage, 'getItem'>): Partial<Preferences> {
  try {
    return JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}') as Partial<Preferences>
  } catch {
    return {}
  }
}
