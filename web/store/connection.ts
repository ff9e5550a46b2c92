import { createStore, type StoreApi } from 'zustand/vanilla'

export type Connection = 'ok' | 'unreachable'

export interface ObservedConnection {
  store: StoreApi<Connection>
  /** `fetch` that notices when the server does not answer. */
  fetch: typeof fetch
  /** What others have found out, who do not ask through this `fetch`. */
  report: (isReachable: boolean) => void
}

export interface ConnectionOptions {
  fetch: typeof fetch
  onWake: (listener: () => void) => () => void
  /** How often to ask after the server once it was lost. */
  probeMs?: number
}

/** Statuses with which a proxy says that nothing stands behind it. */
export const NOBODY_BEHIND = new Set([502, 504])

/**
 * Whether the server answers, told by requests and nothing else: `navigator.onLine` is no evidence. Once
 * a request found nobody, asks until somebody answers.
 */
export function createConnection({ fetch, onWake, probeMs = 2500 }: ConnectionOptions): ObservedConnection {
  const store = createStore<Connection>(() => 'ok')
  let timer: ReturnType<typeof setTimeout> | undefined
  let forgetWake: (() => void) | undefined

  const lost = () => {
    store.setState('unreachable', true)
    clearTimeout(timer)
    timer = setTimeout(probe, probeMs)
    forgetWake ??= onWake(probe)
  }
  const found = () => {
    clearTimeout(timer)
    forgetWake?.()
    forgetWake = undefined
    if (store.getState() !== 'ok') store.setState('ok', true)
  }
  const probe = () => void observed('/health', { cache: 'no-store' }).catch(() => undefined)

  const observed: typeof fetch = async (input, init) => {
    try {
      const response = await fetch(input, init)
      if (NOBODY_BEHIND.has(response.status)) lost()
      else found()
      return response
    } catch (error) {
      if (!(init?.signal?.aborted ?? false)) lost()
      throw error
    }
  }
  return { store, fetch: observed, report: (isReachable) => (isReachable ? found() : lost()) }
}
