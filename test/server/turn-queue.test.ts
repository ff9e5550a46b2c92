import { expect, test, vi } from 'vitest'
import { createMillraceClient, type MillraceClient } from '#client/create-millrace-client.ts'
import type { MessageView, QueuedTurnView, Sent } from '#protocol/api/messages.ts'
import { plainText, type MessagePart } from '#protocol/messages.ts'
import { startApp } from '#test/app/start-app.ts'

const SLOW = 'demo/script;tokens=40;delay=25'
const FAST = 'demo/script;tokens=4;delay=5'
const env = { ALLOW_UNLISTED_MODELS: '1' }

const clientOf = (baseUrl: string): MillraceClient => createMillraceClient({ baseUrl, fetch })
const textOf = ({ parts }: MessageView | QueuedTurnView) => plainText(parts as MessagePart[])
let keys = 0

async function converse(client: MillraceClient) {
  const { id } = await client.createConversation({})
  const say = (text: string, model: string, parentId?: string | null) =>
    client.send(
      id,
      { parts: [{ type: 'text', text }], model, ...(parentId !== undefined && { parentId }) },
      { idempotencyKey: `key-${keys++}` },
    )
  const questions = async () => (await client.listMessages(id)).messages.filter(({ role }) => role === 'user')
  const answers = async () => (await client.listMessages(id)).messages.filter(({ role }) => role === 'assistant')
  const waiting = async () => (await client.listQueue(id)).items
  return { id, say, questions, answers, waiting }
}

test('P17: turns that wait survive the death of every process, and are sent one by one in their order', async () => {
  await using first = await startApp({ env })
  const chat = await converse(clientOf(first.baseUrl))
  const asked = (await chat.say('one', SLOW)) as Sent
  for (const text of ['two', 'three', 'four']) expect(await chat.say(text, SLOW)).toHaveProperty('queued')
  expect((await chat.waiting()).map(textOf)).toEqual(['two', 'three', 'four'])
  for (const pid of [...first.workerPids(), first.apiPid()]) process.kill(pid, 'SIGKILL')

  await vi.waitFor(async () => expect((await chat.questions()).map(textOf)).toContain('two'))
  // One at a time: while it is being answered the others wait.
  expect(await chat.answers()).toMatchObject([{ generation: { status: 'completed' } }, {}])
  expect((await chat.waiting()).map(textOf)).toEqual(['three', 'four'])
  process.kill(first.workerPids()[0]!, 'SIGKILL')

  await vi.waitFor(async () => expect(await chat.waiting()).toEqual([]), { timeout: 30_000 })
  await vi.waitFor(async () =>
    expect((await chat.answers()).map(({ generation }) => generation?.status)).toEqual(Array(4).fill('completed')),
  )
  const questions = await chat.questions()
  const answers = await chat.answers()
  expect(questions.map(textOf)).toEqual(['one', 'two', 'three', 'four'])
  expect(questions.map(({ parentId }) => parentId)).toEqual([null, ...answers.slice(0, 3).map(({ id }) => id)])
  expect(questions[0]?.id).toBe(asked.message.id)
})

test('what waits is held when the answer before is stopped, goes on by hand, and follows a retry', async () => {
  await using app = await startApp({ env })
  const client = clientOf(app.baseUrl)
  const chat = await converse(client)
  const { generations } = (await chat.say('one', SLOW)) as Sent
  await chat.say('two', SLOW)
  await chat.say('three', FAST)
  await client.cancel(generations[0]!.id)
  await vi.waitFor(async () => expect((await chat.waiting()).map(({ held }) => held)).toEqual(['stopped', 'stopped']))
  expect(await client.updateQueue(chat.id, { held: false })).toMatchObject({ items: [{ held: null }] })
  expect((await chat.questions()).map(textOf)).toEqual(['one', 'two'])

  const [, second] = await chat.answers()
  await client.cancel(second!.generation!.id)
  await vi.waitFor(async () => expect(await chat.waiting()).toMatchObject([{ held: 'stopped' }]))
  const retry = await client.retry(second!.id, { model: FAST }, { idempotencyKey: 'retry' })
  await vi.waitFor(async () => expect((await chat.questions()).map(textOf)).toEqual(['one', 'two', 'three']))
  const third = (await chat.questions()).at(-1)
  expect(third?.parentId).toBe(retry.generations[0]!.messageId)
})

test('turns are edited, reordered and withdrawn from anywhere, and what comes too late is told so', async () => {
  await using app = await startApp({ env })
  const client = clientOf(app.baseUrl)
  const other = clientOf(app.baseUrl)
  const chat = await converse(client)
  await chat.say('one', SLOW)
  for (const text of ['two', 'three', 'four']) await chat.say(text, FAST)
  const [two, three, four] = await chat.waiting()
  const parts = (text: string) => [{ type: 'text' as const, text }]
  await other.editQueuedTurn(chat.id, three!.id, { revision: three!.revision, parts: parts('three, other') })
  await expect(
    client.editQueuedTurn(chat.id, three!.id, { revision: three!.revision, parts: parts('three, mine') }),
  ).rejects.toMatchObject({ code: 'turn-changed' })
  await client.updateQueue(chat.id, { order: [four!.id, 'gone', three!.id] })
  await other.withdrawQueuedTurn(chat.id, two!.id)
  await other.withdrawQueuedTurn(chat.id, two!.id)
  expect((await chat.waiting()).map(textOf)).toEqual(['four', 'three, other'])
  // Whoever still sees a turn that is gone, and writes after it, is understood.
  await chat.say('five', FAST, two!.id)
  await vi.waitFor(async () =>
    expect((await chat.questions()).map(textOf)).toEqual(['one', 'four', 'three, other', 'five']),
  )
  await expect(client.withdrawQueuedTurn(chat.id, four!.id)).rejects.toMatchObject({ code: 'turn-sent' })
  await expect(client.editQueuedTurn(chat.id, two!.id, { parts: parts('x') })).rejects.toMatchObject({
    code: 'turn-withdrawn',
  })
})

test('P12: two clients that write at once from an old view lose nothing, and land where they meant', async () => {
  await using app = await startApp({ env })
  const client = clientOf(app.baseUrl)
  const chat = await converse(client)
  const { message } = (await chat.say('root', FAST)) as Sent
  const [answer] = await vi.waitFor(async () => {
    const answers = await chat.answers()
    expect(answers[0]?.answer?.status).toBe('completed')
    return answers
  })
  const texts = Array.from({ length: 20 }, (_, index) => `from ${index % 2 ? 'one' : 'the other'} ${index}`)
  await Promise.all([
    ...texts.map((text) => chat.say(text, FAST, answer!.id)),
    client.edit(message.id, { parts: [{ type: 'text', text: 'root, edited' }], model: FAST }, { idempotencyKey: 'e' }),
    client.retry(answer!.id, { model: FAST }, { idempotencyKey: 'r' }),
    client.updateConversation(chat.id, { title: 'Renamed meanwhile' }),
  ])
  const questions = await chat.questions()
  expect(questions.map(textOf).toSorted()).toEqual([...texts, 'root', 'root, edited'].toSorted())
  for (const question of questions) {
    expect(question.parentId).toBe(textOf(question).startsWith('root') ? null : answer!.id)
  }
  expect(await client.getConversation(chat.id)).toMatchObject({ title: 'Renamed meanwhile' })
})

test('several conversations write at once, within the bound of the user; the others see their place', async () => {
  await using app = await startApp({ env: { ...env, MAX_RUNNING_PER_USER: '2' } })
  const client = clientOf(app.baseUrl)
  const chats = await Promise.all(Array.from({ length: 4 }, () => converse(client)))
  const generations: string[] = []
  for (const chat of chats) generations.push(((await chat.say('hi', SLOW)) as Sent).generations[0]!.id)
  const read = async (id: string) =>
    (await (await fetch(`${app.baseUrl}/api/v1/generations/${id}`)).json()) as {
      status: string
      position: number | null
    }
  await vi.waitFor(async () => {
    const all = await Promise.all(generations.map(read))
    expect(all).toMatchObject([
      { status: 'running', position: null },
      { status: 'running', position: null },
      { status: 'queued', position: 0 },
      { status: 'queued', position: 1 },
    ])
  })
})
