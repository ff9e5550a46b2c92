import { expect, test } from 'vitest'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { question } from './fake-runtime.fixture.ts'
import { createLocalAnswer, type LocalAnswerDependencies } from './local-answer.ts'
import type { ModelHost } from './model-host.ts'
import { createTurnQueue } from './turn-queue.ts'

const usage = { inputTokens: 1, outputTokens: 1 }

function playWith(ask: ModelHost['ask'], turns = createTurnQueue()) {
  const task = { runtime: '', modelPath: '', modelName: '', contextTokens: 1, version: '' }
  const deps: LocalAnswerDependencies = {
    host: { ask, close() {} },
    turns,
    findTask: async () => task,
    unusable: (message) => ({ kind: 'server', message, retryable: false }),
  }
  return async () => {
    const answer = createLocalAnswer(deps, question('hi'), new AbortController().signal)
    const events: ProviderEvent[] = []
    for (let step = await answer.next(); !step.done; step = await answer.next()) events.push(...step.value)
    return events.at(-1)
  }
}

test('where no process can be started it is said, and who waits behind has a turn as well', async () => {
  const play = playWith(() => {
    throw new Error('spawn EAGAIN')
  })
  const failed = { type: 'error', error: { kind: 'server', message: 'spawn EAGAIN', retryable: false } }
  expect(await Promise.all([play(), play(), play()])).toEqual([failed, failed, failed])
})

test('an answer that is there at once keeps nobody waiting', async () => {
  const play = playWith((_task, _prompt, { onEnd }) => {
    onEnd({ kind: 'finished', reason: 'stop', rawReason: 'eogToken', usage })
    return { stop() {} }
  })
  const finished = { type: 'finish', reason: 'stop', rawReason: 'eogToken' }
  expect(await Promise.all([play(), play()])).toEqual([finished, finished])
})
