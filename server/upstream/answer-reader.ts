import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'

/** What the JSON values of one reply have said so far: the part of a decoder that knows the vendor's words. */
export interface AnswerReader {
  /** True once the model has finished: what may still come is usage, and the protocol's end. */
  isFinished(): boolean
  /** True once something of an answer was seen, be it empty. */
  hasBegun(): boolean
  /**
   * Appends the value's events to `out`, deltas that follow one another joined. Returns the error that it carries, `end`
   * for the protocol's end, else nothing. Values of an unknown shape are passed over.
   */
  read(value: unknown, out: ProviderEvent[]): GenerationError | 'end' | undefined
  /**
   * Appends what is due at the end, and the terminal event: the error, else the finish. Called once. Usage comes also
   * before an error; whole tool calls only where there is none.
   */
  end(out: ProviderEvent[], error?: GenerationError): void
}
