import type { ToolCallEvent } from '#protocol/events.ts'
import { isObject, parseJson } from '#server/upstream/provider-error.ts'

interface PartialCall {
  index: number | undefined
  id: string
  name: string
  arguments: string
  /** What the vendor wants back with the call, such as the signature of the thought that led to it. */
  extraContent: unknown
  /** It came in one piece, and without an id: the next one like it is another. */
  isWhole: boolean
}

/** Gathers the pieces of tool calls, so that each is reported once and whole. */
export interface ToolCallCollector {
  add(piece: unknown): void
  /** The calls in the order in which they began; the collector is empty afterwards. */
  take(): ToolCallEvent[]
}

/**
 * A piece belongs to the call with its `index`. Some servers leave the index out, and some number every call 0: then an
 * id that is new begins a new call, and a piece without an id goes on with the last one,
 * unless both are whole calls.
 */
export function createToolCallCollector(): ToolCallCollector {
  let calls: PartialCall[] = []

  function find(index: number | undefined, id: string): PartialCall | undefined {
    const call = index === undefined ? calls.at(-1) : calls.findLast((candidate) => candidate.index === index)
    if (call === undefined || id === '' || call.id === '' || call.id === id) return call
    return calls.find((candidate) => candidate.id === id)
  }

  return {
    add(piece) {
      if (!isObject(piece)) return
      const wanted = isObject(piece.function) ? piece.function : {}
      const index = typeof piece.index === 'number' ? piece.index : undefined
      const id = typeof piece.id === 'string' ? piece.id : ''
      let call = find(index, id)
      if (call === undefined || (call.isWhole && isWholeCall(id, wanted))) {
        const isWhole = isWholeCall(id, wanted)
        calls.push((call = { index, id, name: '', arguments: '', extraContent: undefined, isWhole }))
      }
      if (call.id === '') call.id = id
      if (call.name === '' && typeof wanted.name === 'string') call.name = wanted.name
      call.arguments += argumentsText(wanted.arguments)
      if (isObject(piece.extra_content)) call.extraContent = piece.extra_content
    },

    take() {
      const whole = calls
      calls = []
      return whole.map((call, position) => ({
        type: 'tool-call',
        toolCallId: call.id === '' ? `call_${position}` : call.id,
        name: call.name,
        arguments: call.arguments === '' ? '{}' : call.arguments,
        ...(call.extraContent === undefined ? {} : { providerMetadata: { extraContent: call.extraContent } }),
      }))
    },
  }
}

function isWholeCall(id: string, { name, arguments: args }: Record<string, unknown>): boolean {
  return id === '' && typeof name === 'string' && name !== '' && isObject(parseJson(argumentsText(args)))
}

/** Pieces of JSON text; a few servers send the arguments as an object instead. */
function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value
  return isObject(value) ? JSON.stringify(value) : ''
}
