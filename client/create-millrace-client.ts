import type {
  ConversationPage,
  ConversationView,
  CreateConversation,
  UpdateConversation,
} from '#protocol/api/conversations.ts'
import type { CancelReceipt, CancelReceipts, GenerationView, PauseGeneration } from '#protocol/api/generations.ts'
import type {
  EditMessage,
  MessagePage,
  QueuedTurnView,
  RetryMessage,
  SendMessage,
  SendReply,
  Sent,
} from '#protocol/api/messages.ts'
import type { TurnQueue, UpdateQueue, UpdateQueuedTurn } from '#protocol/api/queue.ts'
import type { ModelList } from '#protocol/api/models.ts'
import { createFeed, type Feed, type FeedOptions } from './feed.ts'
import { follow, type Followed, type FollowOptions } from './follow.ts'
import { keyCalls, type KeyCalls } from './key-calls.ts'
import type { StreamContext } from './reconnecting-stream.ts'
import { requestJson, type JsonRequest } from './request-json.ts'
import type { Backoff } from './wait.ts'

export interface ClientOptions {
  /** Origin of the server without a slash at the end; empty for the page's own origin. */
  baseUrl: string
  fetch: typeof fetch
  /** Calls the listener when the network or the page came back: waits end, silent connections are opened anew. */
  onWake?: (listener: () => void) => () => void
  /** No reply for this long fails a request. */
  timeoutMs?: number
  /** No byte of a stream for this long, heartbeats included, opens it anew. */
  stallMs?: number
  suspectMs?: number
  backoff?: Backoff
  random?: () => number
  now?: () => number
}

export interface MillraceClient extends KeyCalls {
  listConversations: (options?: { before?: string; signal?: AbortSignal }) => Promise<ConversationPage>
  createConversation: (body: CreateConversation) => Promise<ConversationView>
  getConversation: (id: string, options?: { signal?: AbortSignal }) => Promise<ConversationView>
  updateConversation: (id: string, body: UpdateConversation) => Promise<ConversationView>
  deleteConversation: (id: string) => Promise<void>
  /** Everything up to this `revision` of the conversation was seen. */
  markRead: (id: string, revision: number) => Promise<ConversationView>
  /** One page of the whole tree in the order of creation; with `since` only what changed after that revision. */
  listMessages: (
    conversationId: string,
    options?: { after?: string | undefined; since?: number | undefined; signal?: AbortSignal },
  ) => Promise<MessagePage>
  /**
   * Repeats itself when no reply came; the key makes every repetition the same send. `queued` when an answer is still being
   * written where the message is to go.
   */
  send: (conversationId: string, body: SendMessage, options: { idempotencyKey: string }) => Promise<SendReply>
  /** Asks an edited question beside the one that stands. */
  edit: (messageId: string, body: EditMessage, options: { idempotencyKey: string }) => Promise<Sent>
  retry: (messageId: string, body: RetryMessage, options: { idempotencyKey: string }) => Promise<Sent>
  /** The turns that wait in a conversation. */
  listQueue: (conversationId: string, options?: { signal?: AbortSignal }) => Promise<TurnQueue>
  /** Reorders them, or sends the next one although it is held. */
  updateQueue: (conversationId: string, body: UpdateQueue) => Promise<TurnQueue>
  editQueuedTurn: (conversationId: string, turnId: string, body: UpdateQueuedTurn) => Promise<QueuedTurnView>
  withdrawQueuedTurn: (conversationId: string, turnId: string) => Promise<void>
  withdrawQueue: (conversationId: string) => Promise<void>
  /** Holds what every client shows of a generation; the model goes on. */
  pause: (generationId: string, body?: PauseGeneration) => Promise<GenerationView>
  resume: (generationId: string) => Promise<GenerationView>
  /** Stops the model; asking again gives the same receipt. */
  cancel: (generationId: string) => Promise<CancelReceipt>
  /** Stops everything that is being written. */
  cancelAll: () => Promise<CancelReceipts>
  listModels: (options?: { signal?: AbortSignal }) => Promise<ModelList>
  follow: (generationId: string, options: FollowOptions) => AsyncIterable<Followed>
  /** One connection for everything of this user. */
  feed: (options?: FeedOptions) => Feed
}

const TRIES = 4
/** A model that goes on costs money: a stop outlasts a server that is starting again. */
const STOP_TRIES = 6

/** The typed client of the native API. Holds no state between calls; needs neither a DOM nor React. */
export function createMillraceClient(options: ClientOptions): MillraceClient {
  const context = contextOf(options)
  const request = <Reply>(json: JsonRequest) => requestJson<Reply>(context, json)
  const get = <Reply>(path: string, signal?: AbortSignal) => request<Reply>({ method: 'GET', path, signal, tries: 2 })
  const generation = (id: string) => `/api/v1/generations/${encodeURIComponent(id)}`
  const message = (id: string) => `/api/v1/messages/${encodeURIComponent(id)}`
  const queue = (id: string) => `${conversation(id)}/queue`
  const turn = (id: string, turnId: string) => `${queue(id)}/${encodeURIComponent(turnId)}`
  const conversation = (id: string) => `/api/v1/conversations/${encodeURIComponent(id)}`
  return {
    listConversations: ({ before, signal } = {}) => get(`/api/v1/conversations${query({ before })}`, signal),
    createConversation: (body) => request({ method: 'POST', path: '/api/v1/conversations', body }),
    getConversation: (id, { signal } = {}) => get(conversation(id), signal),
    updateConversation: (id, body) => request({ method: 'PATCH', path: conversation(id), body, tries: TRIES }),
    deleteConversation: (id) => request({ method: 'DELETE', path: conversation(id), tries: TRIES }),
    markRead: (id, revision) =>
      request({ method: 'PUT', path: `${conversation(id)}/read`, body: { revision }, tries: TRIES }),
    listMessages: (id, { after, since, signal } = {}) =>
      get(`${conversation(id)}/messages${query({ after, since: since?.toString() })}`, signal),
    send: (id, body, { idempotencyKey }) =>
      request({ ...keyed(idempotencyKey), path: `${conversation(id)}/messages`, body }),
    retry: (id, body, { idempotencyKey }) => request({ ...keyed(idempotencyKey), path: `${message(id)}/retry`, body }),
    edit: (id, body, { idempotencyKey }) => request({ ...keyed(idempotencyKey), path: `${message(id)}/edit`, body }),
    listQueue: (id, { signal } = {}) => get(queue(id), signal),
    updateQueue: (id, body) => request({ method: 'PATCH', path: queue(id), body, tries: TRIES }),
    editQueuedTurn: (id, turnId, body) => request({ method: 'PATCH', path: turn(id, turnId), body }),
    withdrawQueuedTurn: (id, turnId) => request({ method: 'DELETE', path: turn(id, turnId), tries: TRIES }),
    withdrawQueue: (id) => request({ method: 'DELETE', path: queue(id), tries: TRIES }),
    pause: (id, body = {}) => request({ method: 'POST', path: `${generation(id)}/pause`, body, tries: TRIES }),
    resume: (id) => request({ method: 'POST', path: `${generation(id)}/resume`, tries: TRIES }),
    cancel: (id) => request({ method: 'POST', path: `${generation(id)}/cancel`, tries: STOP_TRIES }),
    cancelAll: () => request({ method: 'POST', path: '/api/v1/generations/cancel-all', tries: STOP_TRIES }),
    listModels: ({ signal } = {}) => get('/api/v1/models', signal),
    ...keyCalls(request),
    follow: (generationId, followOptions) => follow(context, generationId, followOptions),
    feed: (feedOptions) => createFeed(context, feedOptions),
  }
}

function contextOf(options: ClientOptions): StreamContext {
  const backoff = options.backoff ?? { firstMs: 400, mostMs: 8000 }
  return {
    baseUrl: options.baseUrl,
    fetch: options.fetch,
    onWake: options.onWake,
    timeoutMs: options.timeoutMs ?? 20_000,
    stallMs: options.stallMs ?? 22_000,
    suspectMs: options.suspectMs ?? 5000,
    backoff,
    reconnect: backoff,
    random: options.random ?? Math.random,
    now: options.now ?? (() => performance.now()),
  }
}

function keyed(idempotencyKey: string) {
  return { method: 'POST', headers: { 'idempotency-key': idempotencyKey }, tries: TRIES } as const
}

function query(parameters: Record<string, string | undefined>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, value)
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}
