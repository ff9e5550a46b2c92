import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startScriptedUpstream } from '#test/upstream/scripted-upstream.ts'
import { resolveName, type PrivateBaseUrls, type ResolveName } from './address-guard.ts'
import { openUpstream } from './exchange.ts'
import { createGuardedDispatcher } from './guarded-dispatcher.ts'

const LIMITS = { connectTimeoutMs: 10_000, firstByteTimeoutMs: 2_000, idleTimeoutMs: 2_000, maxResponseBytes: 1_000 }

/** A name service that gives each of these answers once, and the last one for ever. */
function answering(...answers: string[][]): ResolveName & { asked: number } {
  const resolve = (_name: string, callback: Parameters<ResolveName>[1]) => {
    const addresses = answers[Math.min(service.asked++, answers.length - 1)] ?? []
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  const service = Object.assign(resolve, { asked: 0 })
  return service
}

async function call(url: string, allowed: PrivateBaseUrls, resolve: ResolveName): Promise<string> {
  const dispatcher = createGuardedDispatcher({ connectTimeoutMs: 10_000, allowed, resolve })
  onTestFinished(() => dispatcher.destroy())
  return await new Promise((done) => {
    const request = { method: 'GET' as const, url: new URL(url), headers: {} }
    openUpstream(dispatcher, request, LIMITS, (text) => text, {
      onHead: (status) => done(String(status)),
      onBytes() {},
      onEnd: (failure) => done(failure ? `${failure.kind} ${failure.providerCode}: ${failure.message}` : 'ended'),
    })
  })
}

/** A server of ours that no request may reach. */
async function startInside() {
  const inside = await startScriptedUpstream((_request, response) => response.end('secrets'))
  onTestFinished(() => inside.stop())
  return inside
}

test.each([
  ['127.0.0.1', (port: string) => `http://127.0.0.1:${port}/`],
  ['another spelling', (port: string) => `http://0x7f.1:${port}/`],
  ['localhost', (port: string) => `http://localhost:${port}/`],
  ['a name', (port: string) => `http://inside.example:${port}/`],
  ['TLS', (port: string) => `https://127.0.0.1:${port}/`],
])('no connection is made to what is not allowed: %s', async (_what, url) => {
  const inside = await startInside()
  const found = await call(url(new URL(inside.url).port), 'none', answering(['127.0.0.1']))
  expect(found).toMatch(/^network ADDRESS_REFUSED: The base URL is refused: .* is not on the public internet/)
  expect(inside.connections()).toBe(0)
})

test('a name that nobody knows is a failure in words, from the name service of this machine too', async () => {
  const found = await call('http://nowhere.invalid/', 'none', resolveName)
  expect(found).toMatch(/^network (?:ENOTFOUND|EAI_AGAIN): The name nowhere\.invalid could not be resolved/)
})

test('one private address among public ones is enough', async () => {
  const inside = await startInside()
  const url = `http://both.example:${new URL(inside.url).port}/`
  expect(await call(url, 'none', answering(['93.184.215.14', '127.0.0.1']))).toContain('ADDRESS_REFUSED')
  expect(inside.connections()).toBe(0)
})

test('a name that is public first and private then is refused when it is called', async () => {
  const inside = await startInside()
  const resolve = answering(['93.184.215.14'], ['127.0.0.1'])
  // As when the key was stored.
  await new Promise<void>((done) => resolve('rebinding.example', () => done()))
  const url = `http://rebinding.example:${new URL(inside.url).port}/`
  expect(await call(url, 'none', resolve)).toContain('ADDRESS_REFUSED')
  expect(inside.connections()).toBe(0)
})

test('what was checked is what is connected to: the name is looked up once, by the guard alone', async () => {
  const inside = await startInside()
  // The name exists nowhere else: a second look-up by the system would find nothing.
  const resolve = answering(['127.0.0.1'], ['10.255.255.1'])
  const url = `http://only-the-guard-knows.invalid:${new URL(inside.url).port}/`
  expect(await call(url, 'loopback', resolve)).toBe('200')
  expect(resolve.asked).toBe(1)
  expect(inside.connections()).toBe(1)
})

test('a redirect to the inside is not followed', async () => {
  const inside = await startInside()
  const outside = await startScriptedUpstream((_request, response) =>
    response.writeHead(302, { location: inside.url }).end(),
  )
  onTestFinished(() => outside.stop())
  expect(await call(outside.url, 'loopback', answering([]))).toBe('302')
  expect(inside.connections()).toBe(0)
})

test('what is allowed is reached, also by IPv6', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
  const hasIpv6 = await new Promise<boolean>((done) => {
    server.once('error', () => done(false)).listen(0, '::1', () => done(true))
  })
  onTestFinished(() => void server.close())
  if (!hasIpv6) return
  const { port } = server.address() as { port: number }
  expect(await call(`http://[::1]:${port}/`, 'loopback', answering([]))).toBe('204')
  expect(await call(`http://[::1]:${port}/`, 'none', answering([]))).toContain('ADDRESS_REFUSED')
})
