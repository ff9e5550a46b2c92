import type { ProviderEvent } from '#server/domain/provider-event.ts'

/** Says something about the answer and is no part of it: it may come in the middle of a thought, and ends nothing. */
export function isAside({ type }: ProviderEvent): boolean {
  return type === 'usage' || type === 'provider-handle' || type === 'model-switch' || type === 'left-out'
}
