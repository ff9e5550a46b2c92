import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { propertyRuns } from '#test/property-runs.ts'
import { ggufBytes, text, u32, u64, valueBytes, type GgufValue } from '#test/gguf/gguf-bytes.ts'
import { counting, tinyGguf } from '#test/gguf/make-tiny-gguf.ts'
import { readGgufHeader } from './gguf-header.ts'

const START = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(0)])

/** A file of these entries alone, as bytes. */
function file(...entries: [key: string, value: Buffer][]): Buffer {
  return Buffer.concat([START, u64(entries.length), ...entries.flatMap(([key, value]) => [text(key), value])])
}

const tinyHeader = { architecture: 'llama', name: 'Tiny', type: 'model', contextLength: 4_096 }

test('reads what a list of models needs', () => {
  const bytes = tinyGguf({ answer: counting(3) })
  expect(readGgufHeader(bytes)).toEqual({ kind: 'read', header: tinyHeader })
})

test('a file cut at any byte needs more, until everything before its vocabulary is there', () => {
  const bytes = tinyGguf({ answer: counting(3) })
  const vocabularyAt = bytes.indexOf('tokenizer.ggml.model')
  for (let length = 0; length < vocabularyAt + 'tokenizer.ggml.model'.length; length += 1) {
    expect(readGgufHeader(bytes.subarray(0, length))).toEqual({ kind: 'needs-more' })
  }
  for (let length = vocabularyAt + 20; length < bytes.length; length += 997) {
    expect(readGgufHeader(bytes.subarray(0, length)).kind).toBe('read')
  }
})

test('steps over values of every kind, also when the vocabulary stands first', () => {
  const values: [string, GgufValue][] = [
    ['tokenizer.ggml.tokens', { texts: ['a', 'bc', ''] }],
    ['tokenizer.ggml.scores', { floats: [1, 2] }],
    ['tokenizer.ggml.token_type', { integers: [1, 6] }],
    ['tokenizer.ggml.add_bos_token', { flag: true }],
    ['llama.rope.freq_base', { f32: 10_000 }],
    ['llama.context_length', { u64: 131_072n }],
    ['general.architecture', { text: 'llama' }],
  ]
  const nested = Buffer.concat([u32(9), u32(9), u64(1), u32(8), u64(1), text('deep')])
  const bytes = file(
    ['general.tags', nested],
    ...values.map(([key, value]): [string, Buffer] => [key, valueBytes(value)]),
  )
  expect(readGgufHeader(bytes)).toEqual({
    kind: 'read',
    header: { architecture: 'llama', name: undefined, type: 'model', contextLength: 131_072 },
  })
})

test.each([
  ['0', { u32: 0 }],
  ['a fraction', { f32: 1.5 }],
  ['more than any memory', { u64: 2n ** 60n }],
] as [string, GgufValue][])('a context of %s is none', (_name, value) => {
  const bytes = file(
    ['general.architecture', valueBytes({ text: 'llama' })],
    ['llama.context_length', valueBytes(value)],
  )
  expect(readGgufHeader(bytes)).toMatchObject({ kind: 'read', header: { contextLength: undefined } })
})

test('keeps no more of a name than anybody reads', () => {
  const bytes = ggufBytes({ 'general.architecture': { text: 'a' }, 'general.name': { text: 'n'.repeat(100_000) } }, [])
  const reading = readGgufHeader(bytes)
  expect(reading.kind === 'read' && reading.header.name?.length).toBe(4_096)
})

describe('refuses', () => {
  const huge = u64(2n ** 64n - 1n)
  test.each([
    ['what is no GGUF file', Buffer.from('PK\x03\x04 and more than eight bytes'), /does not begin/],
    ['a version from long ago', Buffer.concat([Buffer.from('GGUF'), u32(1), u64(0), u64(0)]), /version is 1/],
    [
      'the other byte order',
      Buffer.concat([Buffer.from('GGUF'), Buffer.from([0, 0, 0, 3]), u64(0), u64(0)]),
      /version/,
    ],
    ['endless tensors', Buffer.concat([Buffer.from('GGUF'), u32(3), huge, u64(0)]), /tensors/],
    ['endless entries', Buffer.concat([START, huge]), /entries/],
    ['an endless key', Buffer.concat([START, u64(1), huge]), /bytes in a key/],
    ['an endless text', Buffer.concat([START, u64(1), text('x'), u32(8), huge]), /bytes in a text/],
    ['an endless list', Buffer.concat([START, u64(1), text('x'), u32(9), u32(8), huge]), /items in a list/],
    ['a kind that there is not', Buffer.concat([START, u64(1), text('x'), u32(13)]), /unknown kind 13/],
    [
      'lists in lists in lists',
      Buffer.concat([START, u64(1), text('x'), u32(9), ...Array.from({ length: 5 }, () => [u32(9), u64(1)]).flat()]),
      /lists/,
    ],
    ['a file that does not say what it is', file(), /what kind of model/],
  ])('%s', (_name, bytes, reason) => {
    expect(readGgufHeader(bytes)).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) as string })
  })
})

test('a text or a list that is longer than the file is never stepped into', () => {
  const long = u64(2 ** 40)
  expect(readGgufHeader(Buffer.concat([START, u64(1), text('x'), u32(8), long]))).toEqual({ kind: 'needs-more' })
  const list = Buffer.concat([START, u64(1), text('x'), u32(9), u32(10), u64(16_000_000)])
  expect(readGgufHeader(list)).toEqual({ kind: 'needs-more' })
})

const runs = propertyRuns(300)

test('whatever the bytes, it says one of the three', { timeout: runs.timeoutMs }, () => {
  const bytes = tinyGguf({ answer: counting(3) })
  const damage = fc.array(fc.record({ at: fc.nat(400), to: fc.nat(255) }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(damage, (changes) => {
      const damaged = Buffer.from(bytes)
      for (const { at, to } of changes) damaged[at] = to
      expect(['read', 'needs-more', 'refused']).toContain(readGgufHeader(damaged).kind)
    }),
    runs.parameters,
  )
})
