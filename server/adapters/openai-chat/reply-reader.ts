import { StringDecoder } from 'node:string_decoder'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { createChatDecoder, type ChatDecoder } from './chat-decoder.ts'
import { readErrorReply, type ReplyHeaders } from './error-reply.ts'
import type { Redact } from './redact.ts'

export type ReplyReader = ChatDecoder

/** As much of an error's body as is read. */
const MAX_ERROR_CHARACTERS = 64 * 1024

/** What reads the body of a reply: the decoder for 2xx, else a reader that ends in the one error the reply stands for. */
export function createReplyReader(
  status: number,
  headers: ReplyHeaders,
  deps: { redact: Redact; now: () => number },
): ReplyReader {
  if (status >= 200 && status < 300) return createChatDecoder({ redact: deps.redact })
  return createErrorReader(status, headers, deps)
}

function createErrorReader(
  status: number,
  headers: ReplyHeaders,
  { redact, now }: { redact: Redact; now: () => number },
): ReplyReader {
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
