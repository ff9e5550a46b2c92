import { StringDecoder } from 'node:string_decoder'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { createParser, type ParseError } from 'eventsource-parser'
import type { AnswerReader } from './answer-reader.ts'
import { pageTitle } from './error-reply.ts'
import { failure, findError, isObject, parseJson, toGenerationError } from './provider-error.ts'
import type { Redact } from './redact.ts'

/** How a reply's pieces are told apart: server-sent events, or one JSON text a line. */
export type Framing = 'sse' | 'ndjson'

/** Turns the body of a 2xx reply into events. Pure and synchronous; one decoder per reply. */
export interface BodyDecoder {
  /** True once the terminal event was given out; further bytes are ignored. */
  isEnded(): boolean
  /** True once the model has finished and only the protocol's end is missing. */
  isFinished(): boolean
  /** The events that these bytes complete; often none. */
  push(bytes: Uint8Array): readonly ProviderEvent[]
  /**
   * No more bytes will come. Uses what stands in the buffers, then ends: with `finish` when the model had finished, else
   * with the given failure, else as `incomplete`. A cancellation ends as such in any case.
   */
  end(failure?: GenerationError): readonly ProviderEvent[]
}

export interface BodyDecoderOptions {
  framing: Framing
  /** Makes events of the JSON values; one reader per reply. */
  answer: AnswerReader
  redact: Redact
  /** Longest event, and longest document where no stream came, in characters. */
  maxEventCharacters?: number
}

const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024
/** As much of a web page as is kept for its title. */
const MAX_PAGE_CHARACTERS = 16 * 1024
const MAX_STRAY_CHARACTERS = 500
/** As much of an error over many lines as is gathered. */
const MAX_BARE_JSON_CHARACTERS = 64 * 1024

type Phase = 'start' | 'stream' | 'lines' | 'document' | 'page' | 'ended'

/**
 * What the body is, its first character says, not its content type: vendors serve event streams as JSON, octets or
 * nothing, gateways answer with a JSON error or a web page under status 200, and some servers ignore `stream`.
 */
export function createBodyDecoder({
  framing,
  answer,
  redact,
  maxEventCharacters = MAX_EVENT_CHARACTERS,
}: BodyDecoderOptions): BodyDecoder {
  const utf8 = new StringDecoder('utf8')
  const parser = createParser({
    onEvent: ({ event, data }) => readEvent(event, data),
    onError: readStrayLine,
    maxBufferSize: maxEventCharacters,
  })
  let phase: Phase = 'start'
  let held = ''
  let stray = ''
  let bareJson = ''
  let flushing = false
  let events: ProviderEvent[] = []

  function push(bytes: Uint8Array): readonly ProviderEvent[] {
    if (phase === 'ended') return NONE
    consume(utf8.write(bytes))
    return take()
  }

  function end(cause?: GenerationError): readonly ProviderEvent[] {
    if (phase === 'ended') return NONE
    flushing = true
    consume(utf8.end())
    if (phase === 'stream') parser.feed(`${held}\n\n`)
    if (phase === 'lines') readLines(held)
    if (phase === 'document') readDocument(cause)
    if (phase === 'page') close(notAStream(pageTitle(held) || 'without a title'))
    if (!isEnded()) close(cause?.kind === 'cancelled' || !answer.isFinished() ? (cause ?? missingEnd()) : undefined)
    return take()
  }

  function consume(text: string): void {
    if (phase === 'stream' || phase === 'lines') return feed(text)
    held += text
    if (phase === 'start') recognise()
    if (phase === 'page' && held.length > MAX_PAGE_CHARACTERS) close(notAStream(pageTitle(held) || 'without a title'))
    if (held.length > maxEventCharacters) tooLong()
  }

  function recognise(): void {
    // `trimStart` also takes the byte order mark.
    const text = held.trimStart()
    held = text
    if (text === '') return
    if (text.startsWith('<')) phase = 'page'
    else if (framing === 'ndjson') begin('lines', text)
    else if (text.startsWith('{') || text.startsWith('[')) phase = 'document'
    else begin('stream', text)
  }

  function begin(streaming: 'stream' | 'lines', text: string): void {
    phase = streaming
    held = ''
    feed(text)
  }

  /**
   * Gives the parser whole lines only. It drops an incomplete line that is no SSE field, but such lines matter here: some
   * servers put an error into the stream as a bare JSON line or under a field `error`.
   */
  function feed(text: string): void {
    const lines = endOfLastLine(text)
    if (lines === 0) held += text
    else {
      const whole = held === '' && lines === text.length ? text : held + text.slice(0, lines)
      held = lines === text.length ? '' : text.slice(lines)
      if (phase === 'lines') readLines(whole)
      else parser.feed(whole)
    }
    if (held.length > maxEventCharacters && !isEnded()) tooLong()
  }

  function readLines(lines: string): void {
    for (const line of lines.split('\n')) if (line.trim() !== '') readEvent(undefined, line)
  }

  function readEvent(event: string | undefined, data: string): void {
    if (isEnded()) return
    bareJson = ''
    const json = data.startsWith('{') ? data : data.trim()
    if (json === '[DONE]') return close(answer.hasBegun() ? undefined : missingEnd())
    const looksLikeJson = json.startsWith('{') || json.startsWith('[')
    const chunk = looksLikeJson ? parseJson(json) : undefined
    if (event === 'error') return close(toGenerationError(findError(chunk) ?? chunk ?? json, {}, redact))
    // Words that are no JSON are keep-alives; JSON that does not parse is a lost piece of the answer.
    if (!looksLikeJson) return keepStray(json)
    // An event that was torn by the end of the stream is no fault of its own.
    if (chunk === undefined && flushing) return
    if (chunk === undefined)
      return close(failure('bad-response', `An event is not valid JSON: ${excerpt(json)}`, redact))
    readValues(chunk)
  }

  /** Google's compatible servers wrap an error into a list. True when the answer has ended. */
  function readValues(value: unknown): boolean {
    for (const piece of Array.isArray(value) ? value : [value]) {
      const result = answer.read(piece, events)
      if (result === undefined) continue
      close(result === 'end' ? undefined : result)
      return true
    }
    return false
  }

  function readStrayLine(error: ParseError): void {
    if (isEnded()) return
    if (error.type === 'max-buffer-size-exceeded') return tooLong()
    if (error.type !== 'unknown-field') return
    const { line = '' } = error
    const isErrorField = error.field === 'error'
    const json = isErrorField ? parseJson(error.value ?? '') : joinBareJson(line)
    const raw = findError(json) ?? (isErrorField ? (json ?? error.value) : undefined)
    if (raw === undefined) keepStray(line)
    else close(toGenerationError(raw, {}, redact))
  }

  /** Google's servers break off a stream with a bare document over many lines. Gives the value once it is whole. */
  function joinBareJson(line: string): unknown {
    if (bareJson === '' && !/^[{[]/.test(line)) return undefined
    if (bareJson.length + line.length > MAX_BARE_JSON_CHARACTERS) return undefined
    const mayEndHere = bareJson === '' || /^[}\]]+\s*$/.test(line)
    bareJson += `${line}\n`
    const value = mayEndHere ? parseJson(bareJson) : undefined
    if (value !== undefined) bareJson = ''
    return value
  }

  function readDocument(cause: GenerationError | undefined): void {
    const document = parseJson(held)
    if (document === undefined) return readMixedLines(cause)
    if (readValues(document)) return
    const raw = findError(document)
    if (raw !== undefined) return close(toGenerationError(raw, {}, redact))
    if (answer.hasBegun()) return close(isObject(document) || answer.isFinished() ? undefined : missingEnd())
    close(failure('bad-response', `JSON without an answer: ${excerpt(held)}`, redact))
  }

  /** An error on a line of its own before the stream's end, or a JSON text a line: what can be read of it is. */
  function readMixedLines(cause: GenerationError | undefined): void {
    readLines(held.replaceAll(/^data: ?/gm, ''))
    if (isEnded() || answer.hasBegun()) return
    close(cause ?? failure('bad-response', `Neither a stream nor JSON: ${excerpt(held)}`, redact))
  }

  function missingEnd(): GenerationError {
    if (!answer.hasBegun() && stray !== '') return notAStream(stray)
    return failure('incomplete', 'The stream ended before the answer did.', redact)
  }

  function notAStream(what: string): GenerationError {
    return failure(
      'bad-response',
      `The server did not answer with a model's stream but with a page or text: ${what}`,
      redact,
    )
  }

  function tooLong(): void {
    close(failure('bad-response', `One event of the reply is longer than ${maxEventCharacters} characters.`, redact))
  }

  function keepStray(text: string): void {
    if (stray === '') stray = text.slice(0, MAX_STRAY_CHARACTERS)
  }

  function close(error: GenerationError | undefined): void {
    answer.end(events, error)
    phase = 'ended'
    held = ''
  }

  function take(): readonly ProviderEvent[] {
    if (events.length === 0) return NONE
    const taken = events
    events = []
    return taken
  }

  // A call, because the compiler would take an assignment inside a callback for impossible.
  function isEnded(): boolean {
    return phase === 'ended'
  }

  return {
    isEnded,
    isFinished: answer.isFinished,
    push,
    end,
  }
}

const NONE: readonly ProviderEvent[] = Object.freeze([])

/** Length of the text up to and including its last line end; 0 when it has none. */
function endOfLastLine(text: string): number {
  if (text.endsWith('\n')) return text.length
  return Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
}

function excerpt(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
