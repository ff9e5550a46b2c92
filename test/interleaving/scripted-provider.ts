import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { Turnstile } from './turnstile.ts'

/** How one try goes; what is not scripted goes well. */
export type Try = 'fine' | 'overloaded' | 'breaks' | 'hangs' | 'cannot-resume'

export interface Script {
  /** How many words a whole answer has. */
  words: number
  /** Before which word the provider gives a handle to resume the response with; undefined when it gives none. */
  handleBefore: number | undefined
  tries: Try[]
}

/** A response as it is when nothing goes wrong. No two of one generation are alike, so that none can pass for another. */
export function wholeResponse({ words }: Script, response: number): string {
  return wordsOf(words, response).join('')
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

  /** How the next try goes, and its number, from 1. */
  function nextTry({ generationId }: ProviderRequest): { how: Try; number: number } {
    const number = (asked.get(generationId) ?? 0) + 1
    asked.set(generationId, number)
    const how = healed.signal.aborted ? undefined : scripts.get(generationId)?.tries[number - 1]
    return { how: how ?? 'fine', number }
  }

  async function* play(party: string, request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent[]> {
    const { words = 0, handleBefore } = scripts.get(request.generationId) ?? {}
    const { how, number } = nextTry(request)
    const { resume } = request
    await turnstile.pass(party, signal)
    if (signal.aborted) return yield [cancelled]
    if (how === 'overloaded') return yield [overloaded]
    if (how === 'cannot-resume' && resume) return yield [gone]
    const response = resume ? Number(resume.handle) : number
    for (const [index, word] of wordsFrom(wordsOf(words, response), resume?.afterCharacters ?? 0)) {
      if (index === handleBefore && !resume) yield [{ type: 'provider-handle', handle: `${response}` }]
      // With something that is no delta the log does not wait for more.
      yield [
        { type: 'text-delta', text: word },
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

function wordsOf(count: number, response: number): string[] {
  return Array.from({ length: count }, (_, index) => `${response}.${index} `)
}

/** What comes after so many characters, word by word and with the words' numbers; in the middle of a word its rest. */
function wordsFrom(words: readonly string[], characters: number): [number, string][] {
  let left = characters
  return words.flatMap((word, index): [number, string][] => {
    const rest = word.slice(left)
    left = Math.max(0, left - word.length)
    return rest === '' ? [] : [[index, rest]]
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
