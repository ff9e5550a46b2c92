import { parseToken } from './bench-token.ts'

export interface TokenChecker {
  /** Takes the next piece of the stream's text, cut anywhere, and returns the send times of the tokens it completes. */
  accept(text: string): number[]
  /** Tokens received so far, each counted once. */
  received(): number
  /** Number of the token that comes next. */
  next(): number
  /** To be called when the stream has ended: all tokens must have come. */
  end(): void
  /** What was wrong, in words; empty for a faultless stream. */
  faults(): readonly string[]
}

/** Checks that a stream brings each of its tokens once and in order, from `first` on, and none of another stream. */
export function createTokenChecker(stream: number, total: number, first = 0): TokenChecker {
  const faults: string[] = []
  let next = first
  let lost = 0
  let rest = ''

  function take(text: string): number | undefined {
    const token = parseToken(text)
    if (!token) return void faults.push(`stream ${stream}: "${text.slice(0, 40)}" is not a token`)
    const { index, sentMs } = token
    if (token.stream !== stream)
      return void faults.push(`stream ${stream}: got token ${index} of stream ${token.stream}`)
    if (index < next) return void faults.push(`stream ${stream}: token ${index} came after token ${next - 1}`)
    if (index >= total) return void faults.push(`stream ${stream}: token ${index} of only ${total}`)
    if (index > next) {
      faults.push(`stream ${stream}: token ${next} is missing before token ${index}`)
      lost += index - next
    }
    next = index + 1
    return sentMs
  }

  return {
    accept(text) {
      const pieces = (rest + text).split(' ')
      rest = pieces.pop() ?? ''
      const sentMs: number[] = []
      for (const piece of pieces) {
        const sent = take(piece)
        if (sent !== undefined) sentMs.push(sent)
      }
      return sentMs
    },
    received: () => next - first - lost,
    next: () => next,
    end() {
      if (rest !== '') faults.push(`stream ${stream}: ends inside of a token`)
      if (next < total) faults.push(`stream ${stream}: ends after ${next} of ${total} tokens`)
    },
    faults: () => faults,
  }
}
