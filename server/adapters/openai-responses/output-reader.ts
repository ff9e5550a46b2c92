import type { ToolCallEvent } from '#protocol/events.ts'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { isObject } from '#server/upstream/provider-error.ts'
import type { SourceCollector } from '#server/upstream/source-collector.ts'
import { createOutputWriter } from './output-writer.ts'
import { toHandle, type ResumePoint } from './resume-handle.ts'

type JsonObject = Record<string, unknown>

/** The output items of one response: messages, thoughts and function calls. Items of other types are passed over. */
export interface OutputReader {
  /** One event of the stream. */
  read(type: string, event: JsonObject, out: ProviderEvent[]): void
  /** The `output` of the whole response, where it ends: writes what no event brought. */
  readWhole(items: readonly unknown[], out: ProviderEvent[]): void
  /** Function calls whose items never ended, although the response did. */
  finish(out: ProviderEvent[]): void
  hasText(): boolean
  hasToolCalls(): boolean
}

export interface OutputReaderOptions {
  point: ResumePoint
  resume: ProviderRequest['resume']
  /** Whether to tell, after each item, a handle that resumes behind it. */
  keepsPlace: boolean
  sources: SourceCollector
}

interface PartialCall {
  id: string
  name: string
  arguments: string
  whole: boolean
}

type DeltaType = 'text-delta' | 'refusal-delta' | 'reasoning-delta'

/**
 * Parts are told apart by their indexes, not by the ids of their items: some gateways give an item another id in each
 * event.
 */
export function createOutputReader({ point, resume, keepsPlace, sources }: OutputReaderOptions): OutputReader {
  const writer = createOutputWriter(point, resume)
  const partialCalls = new Map<string, PartialCall>()
  const written = new Set<string>()
  /** In which of its two forms the present thought has come. */
  let thoughtForms = new Set<string>()
  let seen = false
  let thoughts = 0
  let hasToolCalls = false
  let current = 'first'

  function read(type: string, event: JsonObject, out: ProviderEvent[]): void {
    const item = itemOf(type, event)
    const part = partOf(item, type, event)
    switch (type) {
      case 'response.output_text.delta':
        return append('text-delta', part, event.delta, out)
      case 'response.output_text.done':
        return complete('text-delta', part, event.text, out)
      case 'response.refusal.delta':
        return append('refusal-delta', part, event.delta, out)
      case 'response.refusal.done':
        return complete('refusal-delta', part, event.refusal, out)
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return append('reasoning-delta', part, event.delta, out)
      case 'response.reasoning_summary_text.done':
      case 'response.reasoning_text.done':
        return complete('reasoning-delta', part, event.text, out)
      case 'response.content_part.done':
      case 'response.reasoning_summary_part.done':
        return readPart(part, event.part, out)
      case 'response.output_text.annotation.added':
        return sources.add([event.annotation])
      case 'response.function_call_arguments.delta':
        return void (partialCall(item).arguments += typeof event.delta === 'string' ? event.delta : '')
      case 'response.function_call_arguments.done':
        return endArguments(item, event)
      case 'response.output_item.added':
        return beginItem(item, event)
      case 'response.output_item.done':
        seen = true
        return readItem(event.item, item, event, out)
      default:
        return undefined
    }
  }

  function append(type: DeltaType, part: string, text: unknown, out: ProviderEvent[]) {
    seen = true
    if (type === 'reasoning-delta') thoughtForms.add(formOf(part))
    writer.append(type, part, text, out)
  }

  function complete(type: DeltaType, part: string, whole: unknown, out: ProviderEvent[]) {
    seen = true
    writer.complete(type, part, whole, out)
  }

  function readPart(part: string, value: unknown, out: ProviderEvent[]): void {
    if (!isObject(value)) return
    if (value.type === 'output_text') {
      complete('text-delta', part, value.text, out)
      sources.add(value.annotations)
    }
    if (value.type === 'refusal') complete('refusal-delta', part, value.refusal, out)
    if (value.type === 'summary_text' || value.type === 'reasoning_text')
      complete('reasoning-delta', part, value.text, out)
  }

  function readItem(item: unknown, index: string, event: JsonObject, out: ProviderEvent[]): void {
    if (!isObject(item)) return
    if (item.type === 'message') readMessage(item, index, event, out)
    if (item.type === 'reasoning') readThought(item, index, event, out)
    if (item.type === 'function_call') readCall(item, index, event, out)
  }

  function readMessage(item: JsonObject, index: string, event: JsonObject, out: ProviderEvent[]): void {
    for (const [at, part] of list(item.content)) readPart(`${index} ${at}`, part, out)
    // Newer models want to know again which of their messages was on the way, and which the answer.
    if (typeof item.phase !== 'string' || !writer.hasText()) return
    aside({ type: 'part-metadata', providerMetadata: { 'openai-responses': { phase: item.phase } } }, event, out)
  }

  function readThought(item: JsonObject, index: string, event: JsonObject, out: ProviderEvent[]): void {
    const parts = [
      ...list(item.summary).map(([at, part]) => [`${index} summary ${at}`, part] as const),
      ...list(item.content).map(([at, part]) => [`${index} ${at}`, part] as const),
    ]
    // Some servers put the words that they streamed in one form into the other.
    const streamed = new Set(thoughtForms)
    for (const [key, part] of parts) if (streamed.size === 0 || streamed.has(formOf(key))) readPart(key, part, out)
    thoughtForms = new Set()
    thoughts += 1
    writer.endReasoning()
    const { id, encrypted_content: encryptedContent } = item
    const wanted = typeof encryptedContent === 'string' && encryptedContent !== ''
    const metadata = { ...(typeof id === 'string' ? { id } : {}), encryptedContent }
    if (wanted) aside({ type: 'reasoning-end', providerMetadata: { 'openai-responses': metadata } }, event, out)
    else if (writer.hasReasoning()) aside({ type: 'reasoning-end' }, event, out)
  }

  function readCall(item: JsonObject, index: string, event: JsonObject, out: ProviderEvent[]): void {
    const partial = partialCalls.get(index)
    partialCalls.delete(index)
    // Its arguments were cut off.
    if (item.status === 'incomplete') return
    writeCall(
      {
        type: 'tool-call',
        toolCallId: text(item.call_id) || partial?.id || text(item.id) || `call_${index}`,
        name: text(item.name) || partial?.name || '',
        arguments: text(item.arguments) || partial?.arguments || '{}',
      },
      event,
      out,
    )
  }

  function writeCall(call: ToolCallEvent, event: JsonObject, out: ProviderEvent[]): void {
    hasToolCalls = true
    if (written.has(call.toolCallId)) return
    written.add(call.toolCallId)
    aside(call, event, out)
  }

  /** Writes what must not be written twice, and tells from where to go on behind it. */
  function aside(asideEvent: ProviderEvent, event: JsonObject, out: ProviderEvent[]): void {
    if (!writer.writeAside(asideEvent, out) || !keepsPlace || point.responseId === '') return
    const { sequence_number: sequenceNumber, output_index: outputIndex } = event
    if (!isCount(sequenceNumber) || !isCount(outputIndex)) return
    const characters = writer.characters()
    const place = { sequenceNumber, outputIndex, characters, reasoningCharacters: writer.reasoningCharacters() }
    out.push({ type: 'provider-handle', handle: toHandle({ responseId: point.responseId, ...place }) })
  }

  function beginItem(index: string, { item }: JsonObject): void {
    if (!isObject(item) || item.type !== 'function_call') return
    const call = partialCall(index)
    call.id = text(item.call_id) || text(item.id)
    call.name = text(item.name)
    call.arguments = text(item.arguments)
  }

  function endArguments(index: string, event: JsonObject): void {
    const call = partialCall(index)
    call.whole = true
    call.arguments = text(event.arguments) || call.arguments
    call.name ||= text(event.name)
  }

  function partialCall(index: string): PartialCall {
    seen = true
    const call = partialCalls.get(index) ?? { id: '', name: '', arguments: '', whole: false }
    partialCalls.set(index, call)
    return call
  }

  function readWhole(items: readonly unknown[], out: ProviderEvent[]): void {
    hasToolCalls ||= items.some((item) => isObject(item) && item.type === 'function_call')
    const left = items.slice(point.outputIndex + 1)
    const untold = seen ? left.filter(isUntold()) : left
    for (const item of untold) readItem(item, `whole ${left.indexOf(item)}`, {}, out)
    const parts = left.flatMap((item) => (isObject(item) && item.type === 'message' ? list(item.content) : []))
    writer.completeAll(
      parts.flatMap(([, part]) => toText(part)),
      out,
    )
    for (const [, part] of parts) if (isObject(part)) sources.add(part.annotations)
  }

  /** Items that the stream did not bring. Text is compared as a whole; thoughts are counted, because ids may differ. */
  function isUntold(): (item: unknown) => boolean {
    let told = thoughts
    return (item) => {
      if (!isObject(item)) return false
      if (item.type === 'function_call') return !written.has(text(item.call_id) || text(item.id))
      return item.type === 'reasoning' && !writer.hasReasoning() && told-- <= 0
    }
  }

  function finish(out: ProviderEvent[]): void {
    for (const [index, { id, name, arguments: args, whole }] of partialCalls) {
      if (!whole || name === '') continue
      writeCall({ type: 'tool-call', toolCallId: id || `call_${index}`, name, arguments: args || '{}' }, {}, out)
    }
    partialCalls.clear()
  }

  /** A server that leaves the indexes out speaks of the item that it spoke of last. */
  function itemOf(type: string, { output_index: index }: JsonObject): string {
    if (isCount(index)) current = String(index)
    else if (type === 'response.output_item.added') current = `${current}+`
    return current
  }

  return { read, readWhole, finish, hasText: writer.hasText, hasToolCalls: () => hasToolCalls }
}

function partOf(item: string, type: string, { summary_index: summary, content_index: content }: JsonObject): string {
  return type.startsWith('response.reasoning_summary')
    ? `${item} summary ${isCount(summary) ? summary : 0}`
    : `${item} ${isCount(content) ? content : 0}`
}

function formOf(part: string): string {
  return part.includes(' summary ') ? 'summary' : 'text'
}

function toText(part: unknown): { type: 'text-delta' | 'refusal-delta'; text: string }[] {
  if (!isObject(part)) return []
  if (part.type === 'output_text') return [{ type: 'text-delta', text: text(part.text) }]
  return part.type === 'refusal' ? [{ type: 'refusal-delta', text: text(part.refusal) }] : []
}

function list(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
