/** What is asked of the mock upstream, written into the model's name and the message so that any server passes it on. */
export interface MockAnswer {
  stream: number
  tokens: number
  /** Tokens per second; 0 writes as fast as the connection takes them. */
  rate: number
}

export function mockModel({ tokens, rate }: MockAnswer): string {
  return `mock;tokens=${tokens};rate=${rate}`
}

export function mockMessage({ stream }: MockAnswer): string {
  return `stream=${stream}`
}

/** Finds both in the JSON of a Chat Completions request, wherever it has them. */
export function readMockAnswer(body: string): MockAnswer | undefined {
  const model = /mock;tokens=(\d+);rate=([\d.]+)/.exec(body)
  const message = /stream=(\d+)/.exec(body)
  if (!model || !message) return undefined
  return { stream: Number(message[1]), tokens: Number(model[1]), rate: Number(model[2]) }
}
