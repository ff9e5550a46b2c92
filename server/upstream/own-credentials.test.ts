import { expect, onTestFinished, test } from 'vitest'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { answer, collect, expectError, KEY, open, REQUEST, textOf } from '#test/upstream/scripted-provider.ts'
import { startScriptedUpstream } from '#test/upstream/scripted-upstream.ts'

const OWN_KEY = 'Gw9-own/key+Canary~Nf65Xe3A0uQq=='

function withOwnKey(baseUrl?: string): ProviderRequest {
  return { ...REQUEST, credentials: baseUrl === undefined ? { apiKey: OWN_KEY } : { apiKey: OWN_KEY, baseUrl } }
}

async function startOther() {
  const other = await startScriptedUpstream(answer('From there.'))
  onTestFinished(() => other.stop())
  return other
}

test('a user’s own key takes the place of the server’s, for that request alone', async () => {
  const { provider, upstream } = await open(answer('Hi.'))
  await collect(provider, withOwnKey())
  await collect(provider)
  expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${OWN_KEY}`, `Bearer ${KEY}`])
})

test('an own key for an address of its own goes there alone, and the server’s key stays', async () => {
  const other = await startOther()
  const { provider, upstream } = await open(answer('Hi.'), { privateBaseUrls: 'loopback' })
  expect(textOf(await collect(provider, withOwnKey(`${other.url}/v1`)))).toBe('From there.')
  expect(other.requests.map(({ headers, path }) => [headers.authorization, path])).toEqual([
    [`Bearer ${OWN_KEY}`, '/v1/chat/completions'],
  ])
  expect(upstream.requests).toEqual([])
})

test('an address of a user’s is not called where it is not allowed, which the error says', async () => {
  const other = await startOther()
  const { provider } = await open(answer('Hi.'))
  const events = await collect(provider, withOwnKey(`${other.url}/v1`))
  expectError(events, { kind: 'network', providerCode: 'ADDRESS_REFUSED', retryable: false })
  expect(other.connections()).toBe(0)
})

test('an own key is masked where it is echoed, and so is the server’s', async () => {
  // Shaped like no vendor's key: only who knows it masks it.
  const serverKey = 'Bm4-server/key+Canary~Rj27Hd8S1cYy=='
  const { provider } = await open(
    (_request, response) =>
      response.writeHead(401).end(JSON.stringify({ error: { message: `No: ${OWN_KEY}, nor ${serverKey}.` } })),
    { settings: { apiKey: serverKey } },
  )
  expectError(await collect(provider, withOwnKey()), { kind: 'auth', message: 'No: [redacted], nor [redacted].' })
})

test('what a model writes is its answer, also where it looks like a key', async () => {
  const text = 'Put sk-proj-abcdefghij0123456789 into the header Authorization: Bearer abcdef.ghijkl'
  const { provider } = await open(answer(text))
  expect(textOf(await collect(provider))).toBe(text)
})
