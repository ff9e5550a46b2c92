import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBackend } from '#test/app/open-backend.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const generation = (id: string) => `/api/v1/generations/${id}`
const pause = (id: string, body?: object) => api.request('POST', `${generation(id)}/pause`, body)
const resume = (id: string) => api.request('POST', `${generation(id)}/resume`)

async function pausedAt({ conversationId, messageId }: { conversationId: string; messageId: string }) {
  const page = (await api.request('GET', `/api/v1/conversations/${conversationId}/messages`)).body
  const message = page.messages.find(({ id }: { id: string }) => id === messageId)
  return message.generation.pausedAt as string | null
}

describe('pausing', () => {
  test('holds a queued generation at the place before the first event', async () => {
    const asked = await api.ask()
    const { status, body } = await pause(asked.generationId)
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: asked.generationId, status: 'queued', pausedAt: '0-0' })
    expect(await pausedAt(asked)).toBe('0-0')
  })

  test('holds at the newest event, and the model goes on into the log', async () => {
    const asked = await api.ask()
    const writer = await api.work(asked.generationId)
    await writer.write(3)
    expect((await pause(asked.generationId)).body.pausedAt).toBe('1-3')
    await writer.write(2)
    expect(await pausedAt(asked)).toBe('1-3')
    expect((await api.backend.log.tail(asked.generationId))?.seq).toBe(5)
    await writer.end()
    expect(await pausedAt(asked)).toBe('1-3')
  })

  test('holds at the event that its reader has seen last, and moves when it is asked again', async () => {
    const asked = await api.ask()
    await (await api.work(asked.generationId)).write(5)
    expect((await pause(asked.generationId, { at: '1-2' })).body.pausedAt).toBe('1-2')
    expect((await pause(asked.generationId, { at: '1-4' })).body.pausedAt).toBe('1-4')
    expect((await pause(asked.generationId, { at: '0-0' })).body.pausedAt).toBe('0-0')
    expect(await pausedAt(asked)).toBe('0-0')
  })

  test('can be set once the generation has ended, and leaves the stored answer whole', async () => {
    const asked = await api.ask()
    const writer = await api.work(asked.generationId)
    await writer.write(3)
    await writer.end()
    const { body } = await pause(asked.generationId, { at: '1-1' })
    expect(body).toMatchObject({ status: 'completed', pausedAt: '1-1' })
    const message = await api.backend.store.getMessage('local', asked.messageId)
    expect(message?.parts).toEqual([{ type: 'text', text: 'word word word ' }])
  })

  test('keeps a place of an earlier epoch while the next attempt writes', async () => {
    const asked = await api.ask()
    const first = await api.work(asked.generationId, 'worker-1')
    await first.write(4)
    await api.backend.queue.release({ generationId: asked.generationId, epoch: first.epoch }, { status: 'recovering' })
    const second = await api.work(asked.generationId, 'worker-2')
    await second.write(2)
    expect(second.epoch).toBeGreaterThan(first.epoch)
    expect((await pause(asked.generationId, { at: `${first.epoch}-3` })).body.pausedAt).toBe(`${first.epoch}-3`)
    expect((await pause(asked.generationId)).body.pausedAt).toBe(`${second.epoch}-6`)
  })

  test.each([
    ['lies beyond the tail', '1-9', 409, 'cursor-beyond-tail'],
    ['is of an attempt to come', '9-1', 409, 'cursor-beyond-tail'],
    ['is no cursor', 'abc', 400, 'invalid-cursor'],
  ])('refuses a place that %s, and holds nothing', async (_name, at, status, code) => {
    const asked = await api.ask()
    await (await api.work(asked.generationId)).write(2)
    const reply = await pause(asked.generationId, { at })
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect(await pausedAt(asked)).toBeNull()
  })

  test('is 404 for what there never was', async () => {
    for (const reply of [await pause('none'), await resume('none')])
      expect([reply.status, reply.body.code]).toEqual([404, 'unknown-generation'])
  })

  test('ends when it is resumed; again changes nothing', async () => {
    const asked = await api.ask()
    await pause(asked.generationId)
    expect((await resume(asked.generationId)).body.pausedAt).toBeNull()
    const again = await resume(asked.generationId)
    expect([again.status, again.body.pausedAt]).toEqual([200, null])
    expect(await pausedAt(asked)).toBeNull()
  })

  test('gives the message anew to whoever asks what has changed', async () => {
    const asked = await api.ask()
    const messages = `/api/v1/conversations/${asked.conversationId}/messages`
    const { revision } = (await api.request('GET', messages)).body
    await pause(asked.generationId)
    const changed = (await api.request('GET', `${messages}?since=${revision}`)).body
    expect(changed.messages).toMatchObject([{ id: asked.messageId, generation: { pausedAt: '0-0' } }])
    await resume(asked.generationId)
    const later = (await api.request('GET', `${messages}?since=${changed.revision}`)).body
    expect(later.messages).toMatchObject([{ id: asked.messageId, generation: { pausedAt: null } }])
  })

  test('lets followers have every event', async () => {
    const asked = await api.ask()
    const writer = await api.work(asked.generationId)
    await writer.write(2)
    await pause(asked.generationId, { at: '1-1' })
    await writer.write(2)
    await writer.end()
    const { body } = await api.request('GET', `${generation(asked.generationId)}/events`)
    expect([...body.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id)).toEqual(['1-1', '1-2', '1-3', '1-4', '1-5'])
    const later = await api.request('GET', `${generation(asked.generationId)}/events?after=1-2`)
    expect(later.body).toMatch(/retry: 1000\n\nid: 1-3\n/)
  })

  test('outlasts the API', async () => {
    const backend = await openBackend()
    try {
      const before = await startApi({ backend })
      const { generationId } = await before.ask()
      await (await before.work(generationId)).write(3)
      await before.request('POST', `${generation(generationId)}/pause`, { at: '1-2' })
      await before.close()
      const after = await startApi({ backend })
      expect((await after.request('GET', generation(generationId))).body.pausedAt).toBe('1-2')
      await after.close()
    } finally {
      await backend.close()
    }
  })
})
