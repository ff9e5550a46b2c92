import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { createDemoProvider } from './demo-provider.ts'
import type { Timer } from './shared-timer.ts'

export function request(model: string, message = 'go'): ProviderRequest {
  return {
    model,
    systemPrompt: undefined,
    messages: [{ role: 'user', parts: [{ type: 'text', text: message }] }],
    parameters: {},
    generationId: 'generation',
  }
}

/** Nobody really waits: time jumps to each deadline. */
export function createJumpingTimer(): Timer {
  let nowMs = 0
  const until = async (deadlineMs: number) => {
    nowMs = Math.max(nowMs, deadlineMs)
  }
  return { now: () => nowMs, alarm: () => ({ until, ring() {} }) }
}

export async function play(asked: ProviderRequest): Promise<ProviderEvent[]> {
  return collect(createDemoProvider({ timer: createJumpingTimer() }).stream(asked, unaborted()))
}

export async function playTimed(asked: ProviderRequest): Promise<{ event: ProviderEvent; atMs: number }[]> {
  const timer = createJumpingTimer()
  const timed: { event: ProviderEvent; atMs: number }[] = []
  for await (const batch of createDemoProvider({ timer }).stream(asked, unaborted())) {
    for (const event of batch) timed.push({ event, atMs: timer.now() })
  }
  return timed
}

export async function collect(batches: AsyncIterable<readonly ProviderEvent[]>): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for await (const batch of batches) events.push(...batch)
  return events
}

export function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
}

export function unaborted(): AbortSignal {
  return new AbortController().signal
}
