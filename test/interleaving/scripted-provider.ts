import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { Turnstile } from './turnstile.ts'

/** How one try goes; what is not scripted goes well. */
export type Try = 'fine' | 'overloaded' | 'breaks' | 'hangs' | 'cannot-resume'

export interface Script {
  /** The whole answer, the same whenever it is asked for. */
  words: string[]
  /** Whether the provider gives a handle to resume with. */
  resumable: boolean
  tries: Try[]
}

export interface ScriptedProvider {
  /** The provider as a party has it; each of its batches waits for the party's turn. */
  of(party: string): Provider
  /** Streams that nobody has closed. */
  openStreams(): { party: string; generationId: string }[]
  /** From now on nothing hangs and nothing breaks. */
  heal(): void
}

export function createScriptedProvider(turnstile: Turnstile, scripts: ReadonlyMap<string, Script>): ScriptedProvider {
  const open = new Set<{ party: string; generationId: string }>()
  const healed = new AbortController()
  const asked = new Map<string, number>()

  function nextTry({ generationId }: ProviderRequest): Try {
    const count = asked.get(generationId) ?? 0
    asked.set(generationId, count + 1)
    return healed.signal.aborted ? 'fine' : (scripts.get(generationId)?.tries[count] ?? 'fine')
  }

  async function* play(party: string, request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent[]> {
    const script = scripts.get(request.generationId)
    const how = nextTry(request)
    await turnstile.pass(party, signal)
    if (signal.aborted) return yield [cancelled]
    if (how === 'overloaded') return yield [overloaded]
    if (how === 'cannot-resume' && request.resume) return yield [gone]
    if (script?.resumable && !request.resume) yield [{ type: 'provider-handle', handle: request.generationId }]
    for (const words of wordsFrom(script?.words ?? [], request.resume?.afterCharacters ?? 0)) {
      // With something that is no delta the log does not wait for more.
      yield [
        { type: 'text-delta', text: words },
        { type: 'usage', usage: { outputTokens: 1 } },
      ]
      await turnstile.pass(party, signal)
      if (signal.aborted) return yield [cancelled]
      if (how === 'breaks') return yield [reset]
    }
    if (how === 'hangs') await aborted(AbortSignal.any([signal, healed.signal]))
    yield [signal.aborted ? cancelled : { type: 'finish', reason: 'stop' }]
  }

  return {
    of: (party) => ({
      id: 'scripted',
      local: true,
      models: () => Promise.resolve([]),
      async *stream(request, signal) {
        const stream = { party, generationId: request.generationId }
        open.add(stream)
        try {
          yield* play(party, request, signal)
        } finally {
          open.delete(stream)
        }
      },
    }),
    openStreams: () => [...open],
    heal: () => healed.abort(),
  }
}

/** The words that begin after so many characters; in the middle of a word its rest. */
function wordsFrom(words: readonly string[], characters: number): string[] {
  let left = characters
  return words.flatMap((word) => {
    const rest = word.slice(left)
    left = Math.max(0, left - word.length)
    return rest === '' ? [] : [rest]
  })
}

function aborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

const cancelled: ProviderEvent = { type: 'error', error: { kind: 'cancelled', message: '', retryable: false } }
const overloaded: ProviderEvent = {
  type: 'error',
  error: { kind: 'overloaded', message: '', retryable: true, retryAfterMs: 1_000 },
}
const reset: ProviderEvent = { type: 'error', error: { kind: 'network', message: '', retryable: true } }
const gone: ProviderEvent = { type: 'error', error: { kind: 'bad-request', message: '', retryable: false } }
