import { isDeepStrictEqual } from 'node:util'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { MessagePage, MessageView, Sent } from '#protocol/api/messages.ts'
import type { Answer } from '#protocol/messages.ts'
import { createRandom } from '#server/adapters/demo/random.ts'
import { planQuestion, type Question } from './chaos-plan.ts'
import { checkAnswer } from './check-answer.ts'
import { readToEnd } from './read-to-end.ts'
import { requestSurely, type Target } from './target.ts'
import { createTranscript } from './transcript.ts'

const TURNS = 4

interface Answered {
  generationId: string
  messageId: string
  answer: Answer
}

/**
 * Asks one question after the other, in conversations of a few turns, until `isOver`. Every answer is read by several
 * readers to its end and checked; a conversation's stored messages are checked once it is complete.
 */
export async function converse(target: Target, seed: number, asker: number, isOver: () => boolean): Promise<void> {
  for (let turn = 0; !isOver();) {
    const { id } = await requestSurely<ConversationView>(target, {
      method: 'POST',
      path: '/api/v1/conversations',
      body: {},
    })
    const answers: Answered[] = []
    for (let left = TURNS; left > 0 && !isOver(); left--, turn++) {
      const question = planQuestion(seed, asker, turn)
      const key = `${seed}-${asker}-${turn}`
      answers.push(await askAndRead(target, id, answers.at(-1)?.messageId ?? null, question, key))
    }
    await checkStored(target, id, answers)
  }
}

async function askAndRead(
  target: Target,
  conversationId: string,
  parentId: string | null,
  question: Question,
  key: string,
): Promise<Answered> {
  const { tally } = target
  const path = `/api/v1/conversations/${conversationId}/messages`
  const body = { parentId, parts: [{ type: 'text', text: `question ${key}` }], model: question.model }
  const send = () => requestSurely<Sent>(target, { method: 'POST', path, headers: { 'idempotency-key': key }, body })
  const startedAt = performance.now()
  tally.asked += 1
  const all = await Promise.all(Array.from({ length: question.sends }, send))
  const [generation] = all[0]?.generations ?? []
  if (!generation) throw new Error('a send was accepted and started nothing')
  const generationId = generation.id

  const transcript = createTranscript((what) => fault(what))
  const fault = (what: string): void => {
    tally.breaches.push({ what, generationId, context: `${question.model}\n${transcript.describe()}` })
  }
  const random = (reader: number) => createRandom(`reader ${key} ${reader}`)
  const readers = Array.from({ length: question.readers }, (_, reader) =>
    readToEnd({ target, generationId, transcript, random: random(reader), fault }),
  )
  await Promise.all(readers)
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt)
  if (question.repeated) all.push(await send())
  for (const sent of all) {
    if (!isDeepStrictEqual(sent, all[0])) fault(`one key was answered with ${JSON.stringify(all)}`)
  }
  const answer = checkAnswer(transcript.events(), question, fault)
  return { generationId, messageId: generation.messageId, answer }
}

/** Every question stands there once, and every answer as its log folds. */
async function checkStored(target: Target, conversationId: string, answers: readonly Answered[]): Promise<void> {
  const path = `/api/v1/conversations/${conversationId}/messages`
  const { messages } = await requestSurely<MessagePage>(target, { method: 'GET', path })
  const report = (what: string, generationId: string, context: unknown): void => {
    target.tally.breaches.push({ what, generationId, context: JSON.stringify(context) })
  }
  if (messages.length !== 2 * answers.length) {
    report(`a conversation of ${answers.length} questions has ${messages.length} messages`, '', messages)
  }
  for (const { generationId, messageId, answer } of answers) {
    const stored = messages.find(({ id }) => id === messageId)
    if (!stored || !tells(stored, answer))
      report('the stored message is not what its log says', generationId, { stored, answer })
  }
}

function tells(stored: MessageView, answer: Answer): boolean {
  const folded = JSON.parse(JSON.stringify(answer)) as Answer
  return (
    isDeepStrictEqual(stored.answer, folded) &&
    isDeepStrictEqual(stored.parts, folded.parts) &&
    stored.generation?.status === folded.status
  )
}
