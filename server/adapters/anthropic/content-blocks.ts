import type { SourceEvent } from '#protocol/events.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { isObject } from '#server/upstream/provider-error.ts'
import { createSourceCollector } from '#server/upstream/source-collector.ts'
import { writeDelta } from '#server/upstream/write-delta.ts'

/** Reads the content blocks of one message, each from its start over its deltas to its stop. */
export interface ContentReader {
  start(index: unknown, block: unknown, out: ProviderEvent[]): void
  delta(index: unknown, delta: unknown, out: ProviderEvent[]): void
  stop(index: unknown, out: ProviderEvent[]): void
  /** A block that came in one piece. */
  whole(block: unknown, out: ProviderEvent[]): void
  /** Stops what is still open, in the order in which it began. */
  stopAll(out: ProviderEvent[]): void
  hasText(): boolean
  takeSources(): SourceEvent[]
}

interface OpenBlock {
  block: Record<string, unknown>
  /** JSON text of a tool's input, as it came so far. */
  json: string
  signature: unknown
}

/**
 * Text, thoughts and tool calls are read. Blocks of tools that the vendor runs itself, of compaction and whatever else may
 * come are passed over with all that is in them; what such a tool found comes again as citations of the text.
 */
export function createContentReader(): ContentReader {
  const open = new Map<unknown, OpenBlock>()
  const sources = createSourceCollector()
  let wroteText = false

  function start(index: unknown, block: unknown, out: ProviderEvent[]): void {
    if (!isObject(block)) return
    stop(index, out)
    open.set(index, { block, json: '', signature: block.signature })
    if (block.type === 'text') writeText(block.text, out)
    if (block.type === 'text' && Array.isArray(block.citations)) block.citations.forEach(cite)
    if (block.type === 'thinking') writeDelta('reasoning-delta', block.thinking, out)
  }

  function delta(index: unknown, piece: unknown, out: ProviderEvent[]): void {
    if (!isObject(piece)) return
    const of = open.get(index)
    // Some servers start no block: then a delta says by its own type what it is of.
    const type = of?.block.type
    if (piece.type === 'text_delta' && (!of || type === 'text')) writeText(piece.text, out)
    if (piece.type === 'thinking_delta' && (!of || type === 'thinking'))
      writeDelta('reasoning-delta', piece.thinking, out)
    if (piece.type === 'citations_delta') cite(piece.citation)
    if (!of) return
    if (piece.type === 'signature_delta') of.signature = piece.signature
    if (piece.type === 'input_json_delta' && typeof piece.partial_json === 'string') of.json += piece.partial_json
  }

  function stop(index: unknown, out: ProviderEvent[]): void {
    const of = open.get(index)
    if (!of) return
    open.delete(index)
    const { block, signature } = of
    if (block.type === 'tool_use') writeCall(of, out)
    if (block.type === 'thinking') writeThoughtEnd(signature, out)
    if (block.type === 'redacted_thinking' && typeof block.data === 'string')
      out.push({ type: 'reasoning-end', providerMetadata: { anthropic: { redactedData: block.data } } })
  }

  function whole(block: unknown, out: ProviderEvent[]): void {
    start(undefined, block, out)
    const of = open.get(undefined)
    if (of && isObject(of.block.input)) of.json = JSON.stringify(of.block.input)
    stop(undefined, out)
  }

  function writeText(text: unknown, out: ProviderEvent[]): void {
    wroteText ||= typeof text === 'string' && text !== ''
    writeDelta('text-delta', text, out)
  }

  function cite(citation: unknown): void {
    if (!isObject(citation)) return
    sources.add([{ url: citation.url ?? citation.source, title: citation.title }])
  }

  return {
    start,
    delta,
    stop,
    whole,
    stopAll(out) {
      for (const index of [...open.keys()]) stop(index, out)
    },
    hasText: () => wroteText,
    takeSources: () => sources.take(),
  }
}

/** A tool without parameters is called without any text as its input. */
function writeCall({ block, json }: OpenBlock, out: ProviderEvent[]): void {
  const { id, name, input } = block
  const isFilled = isObject(input) && Object.keys(input).length > 0
  const text = json === '' && isFilled ? JSON.stringify(input) : json
  out.push({ type: 'tool-call', toolCallId: toText(id), name: toText(name), arguments: text })
}

/** Also of a thought whose words the vendor keeps to itself: the signature alone is wanted back. */
function writeThoughtEnd(signature: unknown, out: ProviderEvent[]): void {
  if (typeof signature !== 'string' || signature === '') out.push({ type: 'reasoning-end' })
  else out.push({ type: 'reasoning-end', providerMetadata: { anthropic: { signature } } })
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
