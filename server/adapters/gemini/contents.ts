import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import { ProviderFailure, type FileContent, type ProviderRequest } from '#server/ports/provider.ts'
import { isObject, parseJson } from '#server/upstream/provider-error.ts'
import { modelGeneration } from './model-generation.ts'

type Part = Record<string, unknown>

export interface Content {
  role: 'user' | 'model'
  parts: Part[]
}

/** What the documentation gives for calls that another model made, or that lost their signature. */
const NO_SIGNATURE = 'skip_thought_signature_validator'

/** Beside images; what is sent within a request is limited by its size alone. */
const TAKEN_FILES = /^(image|audio|video|text)\/|^application\/(pdf|json)$/

/**
 * The conversation as alternating turns of `user` and `model`. Tool results are the user's; they stand alone, for words
 * beside them would begin a new turn, and calls of the turn before would no longer be waited for.
 */
export function toContents({
  messages,
  files,
  model,
}: Pick<ProviderRequest, 'messages' | 'files' | 'model'>): Content[] {
  const names = toolNames(messages)
  const answered = new Set(messages.flatMap(({ parts }) => parts.flatMap((part) => toolResultId(part) ?? [])))
  const contents: Content[] = []
  for (const { role, parts } of messages) {
    if (role === 'system') continue
    const converted = parts.map((part) => toPart(part, { names, answered, files })).filter((each) => each !== undefined)
    append(contents, role === 'assistant' ? 'model' : 'user', converted)
  }
  const generation = modelGeneration(model) ?? 0
  if (generation >= 3) for (const content of contents) signFirstCall(content)
  return contents
}

interface Context {
  names: ReadonlyMap<string, string>
  answered: ReadonlySet<string>
  files: ReadonlyMap<string, FileContent> | undefined
}

function append(contents: Content[], role: Content['role'], parts: Part[]): void {
  const last = contents.at(-1)
  if (parts.length === 0) return
  if (last?.role === role && hasResults(last.parts) === hasResults(parts)) last.parts.push(...parts)
  else contents.push({ role, parts })
}

function hasResults(parts: readonly Part[]): boolean {
  return parts.some((part) => 'functionResponse' in part)
}

/** Refuses an attachment that cannot be sent, rather than ask about something that the model never saw. */
function toPart(part: MessagePart, { names, answered, files }: Context): Part | undefined {
  const signature = readSignature(part)
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text.trim() === '' && !signature ? undefined : { text: part.text, ...signature }
    case 'reasoning':
      // Thoughts are summaries for people; only with their signature are they of use to the model.
      return signature && { text: part.text, thought: true, ...signature }
    case 'image':
    case 'file':
      return toInlineData(part, files?.get(part.fileId))
    case 'tool-call': {
      // A call without its result is refused, and the whole conversation with it.
      if (!answered.has(part.toolCallId)) return undefined
      const args = parseJson(part.arguments)
      return { functionCall: { id: part.toolCallId, name: part.name, args: isObject(args) ? args : {} }, ...signature }
    }
    case 'tool-result': {
      const name = names.get(part.toolCallId) ?? part.toolCallId
      return { functionResponse: { id: part.toolCallId, name, response: toResponse(part) } }
    }
    default:
      return undefined
  }
}

function readSignature({ providerMetadata }: MessagePart): { thoughtSignature: string } | undefined {
  const own = providerMetadata?.gemini
  return isObject(own) && typeof own.thoughtSignature === 'string'
    ? { thoughtSignature: own.thoughtSignature }
    : undefined
}

/** An object, as the API wants one: other results stand under `output`, failures under `error`. */
function toResponse({ content, isError }: Extract<MessagePart, { type: 'tool-result' }>): Record<string, unknown> {
  if (isError === true) return { error: content }
  const parsed = parseJson(content)
  return isObject(parsed) ? parsed : { output: content }
}

function toInlineData(part: Extract<MessagePart, { fileId: string }>, file: FileContent | undefined): Part {
  const what = part.type === 'file' ? `The file "${part.name}"` : 'An image'
  if (!file) throw refused(`${what} of this conversation is no longer there, so it cannot be sent.`)
  const { mediaType, bytes } = file
  if (!TAKEN_FILES.test(mediaType)) throw refused(`${what} cannot be sent to Gemini: it takes no ${mediaType}.`)
  return { inlineData: { mimeType: mediaType, data: Buffer.from(bytes).toString('base64') } }
}

function refused(message: string): ProviderFailure {
  return new ProviderFailure({ kind: 'bad-request', message, retryable: false })
}

/**
 * Gemini 3 refuses a turn whose first call has no signature; further calls of the same turn have none of their own
 * (https://ai.google.dev/gemini-api/docs/thought-signatures).
 */
function signFirstCall({ parts }: Content): void {
  const first = parts.find((part) => 'functionCall' in part)
  if (first && first.thoughtSignature === undefined) first.thoughtSignature = NO_SIGNATURE
}

function toolNames(messages: readonly BranchMessage[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const { parts } of messages)
    for (const part of parts) if (part.type === 'tool-call') names.set(part.toolCallId, part.name)
  return names
}

function toolResultId(part: MessagePart): string | undefined {
  return part.type === 'tool-result' ? part.toolCallId : undefined
}
