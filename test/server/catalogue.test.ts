import { createServer, type AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import type { ModelList } from '#protocol/api/models.ts'
import { startApp } from '#test/app/start-app.ts'
import { startScriptedUpstream } from '#test/upstream/scripted-upstream.ts'

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('a vendor that is down, or says nothing, shows so and neither slows the list nor keeps others off it', async () => {
  const list = JSON.stringify({ data: [{ id: 'm', object: 'model' }] })
  await using good = await startScriptedUpstream((_request, response) => response.end(list))
  await using silent = await startScriptedUpstream(() => {})
  await using app = await startApp({
    env: {
      WORKERS: '2',
      XAI_API_KEY: 'a',
      XAI_BASE_URL: `${good.url}/v1`,
      MISTRAL_API_KEY: 'b',
      MISTRAL_BASE_URL: `${silent.url}/v1`,
      GROQ_API_KEY: 'c',
      GROQ_BASE_URL: `http://127.0.0.1:${await closedPort()}/openai/v1`,
    },
  })
  const read = async () => {
    const startedAt = performance.now()
    const models = (await (await fetch(`${app.baseUrl}/api/v1/models`)).json()) as ModelList
    return { ...models, tookMs: performance.now() - startedAt }
  }
  const found = await vi.waitFor(async () => {
    const now = await read()
    const status = Object.fromEntries(now.providers.map((provider) => [provider.id, provider.status]))
    expect(status).toMatchObject({ xai: 'up', groq: 'down', mistral: 'pending', anthropic: 'no-key' })
    return now
  })
  expect(found.models.map(({ id }) => id)).toContain('xai/m')
  expect(found.providers.find(({ id }) => id === 'groq')?.error).toBeTruthy()
  expect((await read()).tookMs).toBeLessThan(3_000)
  // Two workers, and each vendor was asked once.
  expect(good.requests).toHaveLength(1)
  expect(silent.requests).toHaveLength(1)
})
