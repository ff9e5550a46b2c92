import { StringDecoder } from 'node:string_decoder'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import type { AnswerReader } from './answer-reader.ts'
import { createBodyDecoder, type BodyDecoder, type Framing } from './body-decoder.ts'
import { readErrorReply, type ReplyHeaders } from './error-reply.ts'
import { failure } from './provider-error.ts'
import type { Redact } from './redact.ts'

export type ReplyReader = BodyDecoder

export interface ReplyReaderOptions {
  framing: Framing
  createAnswer(redact: Redact): AnswerReader
  redact: Redact
  /** Milliseconds UTC, for a `Retry-After` that is a date. */
  now: () => number
}

/** As much of an error's body as is read. */
const MAX_ERROR_CHARACTERS = 64 * 1024

/** What reads the body of a reply: the decoder for 2xx, else a reader that ends in the one error the reply stands for. */
export function createReplyReader(status: number, headers: ReplyHeaders, options: ReplyReaderOptions): ReplyReader {
  const { framing, redact } = options
  if (status < 200 || status >= 300) return guarded(createErrorReader(status, headers, options), redact)
  return guarded(createBodyDecoder({ framing, redact, answer: options.createAnswer(redact) }), redact)
}

/** What a reply trips us up with ends that reply: thrown out of a socket's callback, it would end the process. */
function guarded(reader: ReplyReader, redact: Redact): ReplyReader {
  let fell = false

  function guard(read: () => readonly ProviderEvent[]): readonly ProviderEvent[] {
    if (fell) return []
    try {
      return read()
    } catch (error) {
      fell = true
      const words = error instanceof Error ? error.message : String(error)
      return [{ type: 'error', error: failure('bad-response', `The reply cannot be read: ${words}`, redact) }]
    }
  }

  return {
    isEnded: () => fell || reader.isEnded(),
    isFinished: reader.isFinished,
    push: (bytes) => guard(() => reader.push(bytes)),
    end: (cause) => guard(() => reader.end(cause)),
  }
}

function createErrorReader(status: number, headers: ReplyHeaders, { redact, now }: ReplyReaderOptions): ReplyReader {
  const utf8 = new StringDecoder('utf8')
  let body = ''
  let ended = false

  function end(cause?: GenerationError): readonly ProviderEvent[] {
    if (ended) return []
    ended = true
    const error = cause?.kind === 'cancelled' ? cause : readErrorReply({ status, headers, body }, now(), redact)
    return [{ type: 'error', error }]
  }

  return {
    isEnded: () => ended,
    // The status has said it all: the words are worth no long wait.
    isFinished: () => true,
    push(bytes) {
      if (ended) return []
      body += utf8.write(bytes)
      return body.length > MAX_ERROR_CHARACTERS ? end() : []
    },
    end,
  }
}
