import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProviderEvent } from '#server/domain/provider-event.ts'
import { createAnswerPipeline } from './answer-pipeline.ts'
import { closeReasoning } from './close-reasoning.ts'
import { dropEmptyDeltas } from './drop-empty-deltas.ts'
import { createPipeline, type Filter } from './pipeline.ts'

const text = (words: string): ProviderEvent => ({ type: 'text-delta', text: words })
const thought = (words: string): ProviderEvent => ({ type: 'reasoning-delta', text: words })
const finish: ProviderEvent = { type: 'finish', reason: 'stop' }
const reasoningEnd: ProviderEvent = { type: 'reasoning-end' }

describe('empty deltas', () => {
  test('are dropped', () => {
    expect(dropEmptyDeltas().push([text(''), text('a'), thought('')])).toEqual([text('a')])
  })

  test('are the only reason for a new array', () => {
    const batch = [text('a'), finish]
    expect(dropEmptyDeltas().push(batch)).toBe(batch)
  })
})

describe('reasoning', () => {
  test('is closed where text follows, in the same batch or a later one', () => {
    expect(closeReasoning().push([thought('a'), text('b')])).toEqual([thought('a'), reasoningEnd, text('b')])
    const filter = closeReasoning()
    expect(filter.push([thought('a')])).toEqual([thought('a')])
    expect(filter.push([text('b')])).toEqual([reasoningEnd, text('b')])
    expect(filter.push([text('c')])).toEqual([text('c')])
  })

  test('is closed before the end, but not by usage', () => {
    const usage: ProviderEvent = { type: 'usage', usage: {} }
    expect(closeReasoning().push([thought('a'), usage, finish])).toEqual([thought('a'), usage, reasoningEnd, finish])
  })

  test('is not closed twice', () => {
    expect(closeReasoning().push([thought('a'), reasoningEnd, reasoningEnd, text('b')])).toEqual([
      thought('a'),
      reasoningEnd,
      text('b'),
    ])
  })

  test('keeps the metadata of an end that comes late', () => {
    const signed: ProviderEvent = { type: 'reasoning-end', providerMetadata: { signature: 's' } }
    expect(closeReasoning().push([signed, text('b')])).toEqual([signed, text('b')])
  })
})

test('what one filter gives out at the end passes through those after it', () => {
  const holder = (): Filter => ({ push: () => [], end: () => [text('')] })
  expect(createPipeline([holder(), dropEmptyDeltas()]).end()).toEqual([])
  expect(createPipeline([dropEmptyDeltas(), holder()]).end()).toEqual([text('')])
})

test('a batch of plain text passes as the same array', () => {
  const pipeline = createAnswerPipeline()
  pipeline.push([text('Hello')])
  const batch = [text(' and on')]
  expect(pipeline.push(batch)).toBe(batch)
})

test('however an answer is cut into deltas and batches, it reads the same', () => {
  const pieces = fc.array(
    fc.constantFrom('<think>', '</think>', '<', 'think>', ' ', '\n', 'a', '世', '\ud83d', '\ude00'),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(fc.boolean(), pieces, fc.array(fc.nat(3), { maxLength: 40 }), (thinks, words, cuts) => {
      const answer = (thinks ? '<think>' : '') + words.join('')
      expect(read(cut(answer, cuts))).toEqual(read([answer]))
    }),
    { numRuns: 500 },
  )
})

function cut(answer: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (const size of sizes) pieces.push(answer.slice(at, (at += size)))
  return [...pieces, answer.slice(at)]
}

function read(pieces: readonly string[]): string {
  const pipeline = createAnswerPipeline()
  const events = [
    ...pieces.flatMap((piece) => [...pipeline.push([text(piece)])]),
    ...pipeline.push([finish]),
    ...pipeline.end(),
  ]
  return events
    .map((event) => ('text' in event ? `${event.type[0]}${event.text.split('').join(event.type[0])}` : event.type))
    .join('')
}
