/** What is asked of the mock upstream, written into the model's name and the message so that any server passes it on. */
export interface MockAnswer {
  stream: number
  tokens: number
  /** Tokens per second; 0 writes as fast as the connection takes them. */
  rate: number
  /** So many tokens come as fast as the connection takes them before the rate begins; none by default. */
  burst?: number
  /** Silence before the head of the reply; none by default. */
  waitMs?: number
}

export function mockModel({ tokens, rate, burst, waitMs }: MockAnswer): string {
  const start = `mock;tokens=${tokens};rate=${rate}`
  return start + (burst ? `;burst=${burst}` : '') + (waitMs ? `;wait=${waitMs}` : '')
}

export function mockMessage({ stream }: MockAnswer): string {
  return `stream=${stream}`
}

/** Finds both in the JSON of a Chat Completions request, wherever it has them; of several messages the last one counts. */
export function readMockAnswer(body: string): MockAnswer | undefined {
  const model = /mock;tokens=(\d+);rate=([\d.]+)(?:;burst=(\d+))?(?:;wait=(\d+))?/.exec(body)
  const stream = /stream=(\d+)/.exec(body.slice(body.lastIndexOf('stream=')))
  if (!model || !stream) return undefined
  const [, tokens, rate, burst, waitMs] = model.map(Number)
  return { stream: Number(stream[1]), tokens: tokens ?? 0, rate: rate ?? 0, burst: burst || 0, waitMs: waitMs || 0 }
}
