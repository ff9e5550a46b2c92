import type { MessagePage } from '#protocol/api/messages.ts'
import { askMock, type Asked } from '../ask-mock.ts'
import { createApiClient, type ApiClient } from '../call-api.ts'
import { followGeneration } from '../follow-generation.ts'
import { createTokenChecker } from '../stream/token-checker.ts'
import type { MockAnswer } from '../stream/mock-model.ts'

/** What there is to read. */
export interface Library {
  port: number
  /** A conversation of many messages. */
  longConversation: { id: string; messages: number }
  /** An answer of very many tokens. */
  longAnswer: Asked & { answer: MockAnswer }
}

/** Requests that make a server read or write much at once. Each throws when what came is not whole. */
export const READS = {
  'openapi.json': (_library: Library, api: ApiClient) => readOpenApi(api),
  'first page of a long conversation': readFirstPage,
  'all pages of a long conversation': readAllPages,
  'conversation with a very long answer': readLongAnswer,
  'very long log from its start': readLongLog,
} satisfies Record<string, (library: Library, api: ApiClient) => Promise<void>>
export type ReadKind = keyof typeof READS

const LANES = 8
const PAGE = 200
/** Of the answers that fill the long conversation. */
const SHORT_TOKENS = 100

/** Writes what is read afterwards. */
export async function fillLibrary(port: number, turns: number, longTokens: number): Promise<Library> {
  using api = createApiClient(port)
  const long: MockAnswer = { stream: 1, tokens: longTokens, rate: 0 }
  const longAnswer = { ...(await askMock(api, long)), answer: long }
  await readLog(port, longAnswer)
  const { conversationId } = await askMock(api, { stream: 2, tokens: SHORT_TOKENS, rate: 0 })
  let begun = 1
  async function fillLane(): Promise<void> {
    let last: { conversationId: string; messageId: string | null } = { conversationId, messageId: null }
    while (begun < turns) {
      const answer = { stream: 2 + begun++, tokens: SHORT_TOKENS, rate: 0 }
      const asked = await askMock(api, answer, last)
      await readLog(port, { ...asked, answer })
      last = asked
    }
  }
  await Promise.all(Array.from({ length: LANES }, fillLane))
  return { port, longConversation: { id: conversationId, messages: 2 * turns }, longAnswer }
}

async function readOpenApi(api: ApiClient): Promise<void> {
  const document = await api.read('/api/openapi.json')
  if (!document.includes('"openapi"')) throw new Error('no OpenAPI document')
}

async function readFirstPage({ longConversation }: Library, api: ApiClient): Promise<void> {
  await readPage(api, longConversation.id, undefined)
}

async function readAllPages({ longConversation }: Library, api: ApiClient): Promise<void> {
  let after: string | undefined
  let count = 0
  do {
    const { messages, next } = await readPage(api, longConversation.id, after)
    count += messages.length
    after = next ?? undefined
  } while (after !== undefined)
  if (count !== longConversation.messages) {
    throw new Error(`the conversation has ${count} messages instead of ${longConversation.messages}`)
  }
}

async function readLongAnswer({ longAnswer }: Library, api: ApiClient): Promise<void> {
  const { messages } = await readPage(api, longAnswer.conversationId, undefined)
  const { stream, tokens } = longAnswer.answer
  const checker = createTokenChecker(stream, tokens)
  const answer = messages.find(({ id }) => id === longAnswer.messageId)
  for (const part of answer?.parts ?? []) if (part.type === 'text') checker.accept(part.text)
  checker.end()
  if (checker.faults().length > 0) throw new Error(checker.faults().slice(0, 3).join('; '))
}

async function readLongLog({ port, longAnswer }: Library): Promise<void> {
  await readLog(port, longAnswer)
}

function readPage(api: ApiClient, conversationId: string, after: string | undefined): Promise<MessagePage> {
  const query = after === undefined ? '' : `&after=${after}`
  return api.call('GET', `/api/v1/conversations/${conversationId}/messages?limit=${PAGE}${query}`)
}

/** Follows an answer from its start to its end and checks every token. */
async function readLog(port: number, { generationId, answer }: Asked & { answer: MockAnswer }): Promise<void> {
  const checker = createTokenChecker(answer.stream, answer.tokens)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  followGeneration(port, generationId, undefined, {
    event(event) {
      if (event.type === 'text-delta') checker.accept(event.text)
    },
    over(reason) {
      checker.end()
      const [fault] = reason === undefined ? checker.faults() : [reason]
      if (fault === undefined) resolve()
      else reject(new Error(fault))
    },
  })
  await promise
}
