/** What the head of a GGUF file says of its model. */
export interface GgufHeader {
  /** Such as `llama`; `clip` for the part of a model that looks at images. */
  architecture: string
  name: string | undefined
  /** `model` where nothing else is said. */
  type: string
  /** Tokens that the model was trained for. */
  contextLength: number | undefined
}

export type GgufReading =
  | { kind: 'read'; header: GgufHeader }
  /** What is wanted stands further on. */
  | { kind: 'needs-more' }
  /** It is no GGUF file, or one that nobody should load. */
  | { kind: 'refused'; reason: string }

const MAGIC = 0x46_55_47_47
/** Version 1 had shorter lengths and left no files behind. */
const VERSIONS = new Set([2, 3])
const MAX_ENTRIES = 65_536
const MAX_KEY_BYTES = 65_535
const MAX_KEPT_BYTES = 4_096
/** Vocabularies have some hundred thousand tokens. */
const MAX_ITEMS = 16 * 1024 * 1024
const MAX_NESTED_LISTS = 3

/** Kinds of values as the format numbers them, and the bytes of those that always have the same. */
const STRING = 8
const ARRAY = 9
const SIZES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }

/**
 * Reads the first bytes of a file (format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md) as far as a list of
 * models needs them: the vocabulary, which is most of a header, is not even looked at where the rest stands before it.
 */
export function readGgufHeader(bytes: Uint8Array): GgufReading {
  try {
    return { kind: 'read', header: readEntries(createCursor(bytes)) }
  } catch (error) {
    if (error instanceof TooShort) return { kind: 'needs-more' }
    if (error instanceof Refused) return { kind: 'refused', reason: error.message }
    throw error
  }
}

class TooShort extends Error {}
class Refused extends Error {}

type Cursor = ReturnType<typeof createCursor>

/** Steps through the bytes and never beyond them. */
function createCursor(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let position = 0

  function step(length: number): number {
    const start = position
    if (start + length > bytes.length) throw new TooShort()
    position += length
    return start
  }

  const uint32 = () => view.getUint32(step(4), true)
  function length(most: number, what: string): number {
    const value = view.getBigUint64(step(8), true)
    if (value > BigInt(most)) throw new Refused(`it says that it has ${value} ${what}`)
    return Number(value)
  }

  return {
    uint32,
    length,
    skip: (count: number) => void step(count),
    text(count: number): string {
      const start = step(count)
      return new TextDecoder().decode(bytes.subarray(start, start + count))
    },
    /** A whole number of any kind; undefined for what is none. */
    integer(kind: number): number | undefined {
      const size = SIZES[kind] ?? 0
      const start = step(size)
      if (kind === 4) return view.getUint32(start, true)
      if (kind === 5) return view.getInt32(start, true)
      if (kind === 10) return Number(view.getBigUint64(start, true))
      if (kind === 11) return Number(view.getBigInt64(start, true))
      if (kind === 2) return view.getUint16(start, true)
      return undefined
    },
  }
}

function readEntries(cursor: Cursor): GgufHeader {
  if (cursor.uint32() !== MAGIC) throw new Refused('it does not begin as one')
  const version = cursor.uint32()
  if (!VERSIONS.has(version)) throw new Refused(`its version is ${version}`)
  cursor.length(MAX_ENTRIES, 'tensors')
  const count = cursor.length(MAX_ENTRIES, 'entries')
  const texts = new Map<string, string>()
  const contextLengths = new Map<string, number>()
  for (let index = 0; index < count; index += 1) {
    const key = cursor.text(cursor.length(MAX_KEY_BYTES, 'bytes in a key'))
    // Writers put the vocabulary last.
    if (key.startsWith('tokenizer.') && contextLengths.has(`${texts.get('general.architecture')}.context_length`)) break
    const kind = cursor.uint32()
    if (kind === STRING && key.startsWith('general.')) texts.set(key, readText(cursor))
    else if (key.endsWith('.context_length') && kind in SIZES) contextLengths.set(key, cursor.integer(kind) ?? 0)
    else skipValue(cursor, kind, 0)
  }
  const architecture = texts.get('general.architecture')
  if (architecture === undefined) throw new Refused('it does not say what kind of model it holds')
  return {
    architecture,
    name: texts.get('general.name'),
    type: texts.get('general.type') ?? 'model',
    contextLength: positive(contextLengths.get(`${architecture}.context_length`)),
  }
}

function readText(cursor: Cursor): string {
  const length = cursor.length(Number.MAX_SAFE_INTEGER, 'bytes in a text')
  const kept = Math.min(length, MAX_KEPT_BYTES)
  const text = cursor.text(kept)
  cursor.skip(length - kept)
  return text
}

function skipValue(cursor: Cursor, kind: number, depth: number): void {
  const size = SIZES[kind]
  if (size !== undefined) return cursor.skip(size)
  if (kind === STRING) return cursor.skip(cursor.length(Number.MAX_SAFE_INTEGER, 'bytes in a text'))
  if (kind !== ARRAY) throw new Refused(`it holds a value of the unknown kind ${kind}`)
  if (depth === MAX_NESTED_LISTS) throw new Refused('its lists hold lists that hold lists')
  const itemKind = cursor.uint32()
  const count = cursor.length(MAX_ITEMS, 'items in a list')
  const itemSize = SIZES[itemKind]
  if (itemSize !== undefined) return cursor.skip(itemSize * count)
  for (let index = 0; index < count; index += 1) skipValue(cursor, itemKind, depth + 1)
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined
}
