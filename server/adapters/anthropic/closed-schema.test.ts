import { expect, test } from 'vitest'
import { closedSchema } from './closed-schema.ts'

test('every object is closed, also those inside others', () => {
  const point = { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] }
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      points: { type: 'array', items: point },
      one: { oneOf: [point, { type: 'null' }] },
      ref: { $ref: '#/$defs/p' },
    },
    additionalProperties: true,
    $defs: { p: point },
  }
  const closed = { ...point, additionalProperties: false }
  expect(closedSchema(schema)).toEqual({
    type: 'object',
    properties: {
      points: { type: 'array', items: closed },
      one: { anyOf: [closed, { type: 'null' }] },
      ref: { $ref: '#/$defs/p' },
    },
    additionalProperties: false,
    $defs: { p: closed },
  })
})

test('conditions that the vendor refuses become words', () => {
  expect(closedSchema({ type: 'integer', description: 'Age', minimum: 0, maximum: 150 })).toEqual({
    type: 'integer',
    description: 'Age (minimum: 0, maximum: 150)',
  })
  expect(closedSchema({ type: 'array', minItems: 2 })).toEqual({ type: 'array', description: '(minItems: 2)' })
  expect(closedSchema({ type: 'array', minItems: 1 })).toEqual({ type: 'array', minItems: 1 })
  expect(closedSchema({ type: 'string', format: 'date' })).toEqual({ type: 'string', format: 'date' })
  expect(closedSchema({ type: 'string', format: 'iban' })).toEqual({ type: 'string', description: '(format: "iban")' })
})

test('a property may be called like a condition', () => {
  const schema = {
    type: 'object',
    properties: { minimum: { type: 'number' }, not: { enum: ['a'] } },
    required: ['not'],
  }
  expect(closedSchema(schema)).toEqual({ ...schema, additionalProperties: false })
})
