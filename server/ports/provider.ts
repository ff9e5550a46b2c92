import type { GenerationError } from '#protocol/provider-error.ts'
import type { BranchMessage, GenerationParameters, GenerationPurpose } from '#server/domain/generation.ts'
import type { ProviderKind } from '#server/domain/settings.ts'
import type { ProviderEvent } from '#server/domain/provider-event.ts'
import type { ModelRecord } from './store.ts'

export type { ErrorEvent, FinishEvent, ProviderEvent } from '#server/domain/provider-event.ts'

/** A model vendor, or a server that speaks like one: `{id, kind, baseUrl, key}` made usable. */
export interface Provider {
  /** Instance id, the part before the slash in a model name. */
  readonly id: string
  /** What it speaks; absent for the demo model, which speaks nothing. */
  readonly kind?: ProviderKind
  /** Whether the model runs on this machine or in this network, as the page's picker shows it. */
  readonly local: boolean
  /** Only a user's own key opens it, the server has none: it is not asked for its models. */
  readonly needsKey?: boolean
  /** Listing its models costs next to nothing: whoever looks around asks it each time, so that what is new shows soon. */
  readonly listsCheaply?: boolean

  /**
   * Asks for one answer. Yields events in batches, one batch for what arrived together, so that a fast stream costs no
   * promise per token. Never throws: the last event is always exactly one `finish` or `error`, and nothing follows it.
   *
   * - A stream that ends without its protocol's end is an `error` of kind `incomplete`; what came before it was yielded.
   * - First-byte and idle time-outs are the adapter's own and end in `error` of kind `timeout`.
   * - When the signal aborts, the upstream connection is closed at once and the last event is `error` of kind `cancelled`.
   *   Returning from the iteration closes it as well. A response that would go on without its connection is stopped too,
   *   unless the signal's reason is `drain` or `lost`: then another worker resumes it by its handle.
   * - Errors hold no key, no more than 2,000 characters, and say whether the same request can help when sent again.
   */
  stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<readonly ProviderEvent[]>

  /** The models that the vendor lists now. Throws a `ProviderFailure` when it cannot be asked. */
  models(signal: AbortSignal): Promise<ModelRecord[]>
}

export interface ProviderRequest {
  model: string
  systemPrompt: string | undefined
  messages: readonly BranchMessage[]
  parameters: GenerationParameters
  /** What the answer is for; absent for a conversation's own. Vendors are not told. */
  purpose?: GenerationPurpose
  /** The generation's id: a seed for what must be the same again, and a request id where the vendor takes one. */
  generationId: string
  /** The bytes of the files that the messages refer to, by id. One that is missing is gone: the answer fails in words. */
  files?: ReadonlyMap<string, FileContent>
  /** A user's own key, and where it is for; absent for the one that the server was set up with. */
  credentials?: { apiKey: string; baseUrl?: string }
  /** What the catalogue knows of the model, where it knows something. */
  known?: Pick<ModelRecord, 'contextLength' | 'maxOutputTokens' | 'capabilities'>
  /** A handle that an earlier attempt logged, and how many characters of text and of reasoning it had logged with it. */
  resume?: { handle: string; afterCharacters: number; afterReasoningCharacters: number }
}

export interface FileContent {
  /** Such as `image/png`. */
  mediaType: string
  bytes: Uint8Array
}

/** Thrown by `Provider.models`. */
export class ProviderFailure extends Error {
  readonly error: GenerationError

  constructor(error: GenerationError) {
    super(error.message || error.kind)
    this.name = 'ProviderFailure'
    this.error = error
  }
}
