import { expect, test } from 'vitest'
import { toGrammarSchema } from './grammar-schema.ts'

const text = { type: 'string' }

test.each<[string, object, object]>([
  ['a text with bounds', { type: 'string', minLength: 1, title: 'Name' }, { type: 'string', minLength: 1 }],
  ['a date', { type: 'string', format: 'date' }, { type: 'string', format: 'date' }],
  ['a constant', { const: 3, type: 'integer' }, { const: 3 }],
  ['a choice', { enum: ['a', null], description: 'which' }, { enum: ['a', null] }],
  ['any object', { type: 'object' }, { type: 'object', additionalProperties: true }],
  [
    'an object',
    { type: 'object', properties: { a: text }, required: ['a'], $schema: 'x' },
    { type: 'object', properties: { a: text }, required: ['a'], additionalProperties: false },
  ],
  ['a list', { type: 'array', items: text, maxItems: 3 }, { type: 'array', items: text, maxItems: 3 }],
  ['alternatives', { anyOf: [text, { type: 'null' }] }, { oneOf: [text, { type: 'null' }] }],
  [
    'several types',
    { type: ['string', 'array', 'null'], items: text, maxLength: 2 },
    { oneOf: [{ type: 'string', maxLength: 2 }, { type: 'array', items: text }, { type: 'null' }] },
  ],
  [
    'definitions',
    { $defs: { tree: { type: 'array', items: { $ref: '#/$defs/tree' } } }, $ref: '#/$defs/tree' },
    { $defs: { tree: { type: 'array', items: { $ref: '#/$defs/tree' } } }, $ref: '#/$defs/tree' },
  ],
])('%s can be kept to', (_name, schema, expected) => {
  expect(toGrammarSchema(schema)).toEqual(expected)
})

test.each<[string, unknown]>([
  ['says nothing', {}],
  ['is none', true],
  ['is a list', []],
  ['has a pattern', { type: 'string', pattern: '^a' }],
  ['has another format', { type: 'string', format: 'email' }],
  ['bounds a number', { type: 'integer', minimum: 3 }],
  ['has a type that there is not', { type: 'text' }],
  ['combines', { allOf: [text] }],
  ['combines and says more', { anyOf: [text], not: text }],
  ['refers elsewhere', { $ref: 'https://a.example/schema' }],
  ['refers to itself', { type: 'object', properties: { more: { $ref: '#' } } }],
  ['has an unknown one deep inside', { type: 'array', items: { type: 'object', properties: { a: { not: text } } } }],
  ['has an unknown one among the definitions', { $defs: { a: {} }, type: 'string' }],
  ['chooses among objects', { enum: [{}] }],
  ['has no alternatives', { oneOf: [] }],
])('one that %s cannot', (_name, schema) => {
  expect(toGrammarSchema(schema)).toBeUndefined()
})

test('one that never ends is given up', () => {
  const endless: Record<string, unknown> = { type: 'array' }
  endless.items = endless
  expect(toGrammarSchema(endless)).toBeUndefined()
})
