/**
 * Writes the parts of a GGUF file, version 3, little endian: the header, typed metadata and the list of tensors
 * (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 */
export type GgufValue =
  | { u32: number }
  | { u64: bigint }
  | { f32: number }
  | { flag: boolean }
  | { text: string }
  | { texts: readonly string[] }
  | { floats: readonly number[] }
  | { integers: readonly number[] }

/** Of one or two dimensions; the first one varies fastest. */
export interface Tensor {
  name: string
  dimensions: readonly number[]
  values: Float32Array
}

const ALIGNMENT = 32
const F32 = 0

export function ggufBytes(metadata: Record<string, GgufValue>, tensors: readonly Tensor[]): Buffer {
  const entries = Object.entries(metadata)
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(entries.length),
    ...entries.flatMap(([key, value]) => [text(key), valueBytes(value)]),
    ...describeTensors(tensors),
  ])
  return Buffer.concat([head, padding(head.length), ...tensors.flatMap(({ values }) => aligned(values))])
}

export function valueBytes(value: GgufValue): Buffer {
  if ('u32' in value) return Buffer.concat([u32(4), u32(value.u32)])
  if ('u64' in value) return Buffer.concat([u32(10), u64(value.u64)])
  if ('f32' in value) return Buffer.concat([u32(6), f32(value.f32)])
  if ('flag' in value) return Buffer.concat([u32(7), Buffer.from([value.flag ? 1 : 0])])
  if ('text' in value) return Buffer.concat([u32(8), text(value.text)])
  if ('texts' in value) return list(8, value.texts.map(text))
  if ('floats' in value) return list(6, value.floats.map(f32))
  return list(5, value.integers.map(i32))
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function list(type: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(9), u32(type), u64(items.length), ...items])
}

function describeTensors(tensors: readonly Tensor[]): Buffer[] {
  let offset = 0
  return tensors.map(({ name, dimensions, values }) => {
    const described = [text(name), u32(dimensions.length), ...dimensions.map(u64), u32(F32), u64(offset)]
    offset += values.byteLength + padding(values.byteLength).length
    return Buffer.concat(described)
  })
}

function aligned(values: Float32Array): Buffer[] {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return [bytes, padding(bytes.length)]
}

function padding(length: number): Buffer {
  return Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT)
}
