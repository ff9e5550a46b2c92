export interface WakeRelay {
  onWake: (listener: () => void) => () => void
  wake: () => void
}

/** Passes on that the network or a page came back, to those who cannot hear it themselves. */
export function createWakeRelay(): WakeRelay {
  const listeners = new Set<() => void>()
  return {
    onWake(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    wake: () => listeners.forEach((listener) => listener()),
  }
}
