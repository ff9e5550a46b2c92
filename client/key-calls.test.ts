import { expect, test } from 'vitest'
import { keyCalls } from './key-calls.ts'
import type { JsonRequest } from './request-json.ts'

test('keys are sent once as they are, and only named afterwards', async () => {
  const sent: JsonRequest[] = []
  const calls = keyCalls(async <Reply>(request: JsonRequest) => {
    sent.push(request)
    return undefined as Reply
  })
  await calls.saveKey('my/own', { key: 'k', baseUrl: 'https://own.example/v1' })
  await calls.deleteKey('openai')
  await calls.listProviders()
  expect(sent.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['PUT', '/api/v1/keys/my%2Fown', { key: 'k', baseUrl: 'https://own.example/v1' }],
    ['DELETE', '/api/v1/keys/openai', undefined],
    ['GET', '/api/v1/providers', undefined],
  ])
})
