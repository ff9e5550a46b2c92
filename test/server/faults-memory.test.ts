import { expect, test, vi } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import { ask, followToEnd, storedAnswer } from '../app/chat.ts'
import { startApp } from '../app/start-app.ts'

const TOKENS = 60
const NEIGHBOUR = `demo/script;tokens=${TOKENS};delay=25`
const WHOLE = Array.from({ length: TOKENS }, (_, index) => `t${index}`).join(' ')

test(
  'a request that takes all memory of every worker fails as worker-lost, and its neighbours complete',
  { timeout: 180_000 },
  async () => {
    const env = { ALLOW_UNLISTED_MODELS: '1', ALLOW_DEMO_FAULTS: '1', NODE_OPTIONS: '--max-old-space-size=96' }
    await using app = await startApp({ env })
    const api = app.apiPid()
    const [worker] = app.workerPids()
    const neighbours = await Promise.all(Array.from({ length: 2 }, () => ask(app.baseUrl, 'count', NEIGHBOUR)))
    const following = neighbours.map(({ generationId }) => followToEnd(app.baseUrl, generationId))
    const poison = await ask(app.baseUrl, 'poison', 'demo/script;tokens=20;delay=25;hog=10')

    const { answer } = await followToEnd(app.baseUrl, poison.generationId)
    expect(answer).toMatchObject({ status: 'failed', error: { kind: 'worker-lost' } })
    expect(plainText(answer.parts)).toContain('t3 ')
    for (const { answer: neighbour } of await Promise.all(following)) {
      expect(neighbour.status).toBe('completed')
      expect(plainText(neighbour.parts).trim()).toBe(WHOLE)
      // Two workers were lost with the poison; its last attempt took nobody along.
      expect(neighbour.attempt).toBeLessThanOrEqual(3)
    }
    expect(app.output().match(/heap out of memory|Reached heap limit/g)?.length).toBeGreaterThanOrEqual(3)
    expect(app.apiPid()).toBe(api)
    expect(app.workerPids()).not.toContain(worker)
    await vi.waitFor(async () => expect(await storedAnswer(app.baseUrl, poison)).toEqual(answer), { timeout: 15_000 })
  },
)

test('scripts that would kill their worker are refused unless they are allowed', { timeout: 180_000 }, async () => {
  await using app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1' } })
  const workers = app.workerPids()
  for (const fault of ['crash=1', 'hog=1']) {
    const asked = await ask(app.baseUrl, 'poison', `demo/script;tokens=2;${fault}`)
    const { answer } = await followToEnd(app.baseUrl, asked.generationId)
    const message = expect.stringContaining('ALLOW_DEMO_FAULTS')
    expect(answer).toMatchObject({ status: 'failed', attempt: 1, error: { kind: 'bad-request', message } })
  }
  expect(app.workerPids()).toEqual(workers)
})
