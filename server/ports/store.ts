import type { Answer, GenerationStatus, MessagePart } from '#protocol/messages.ts'
import type {
  GenerationOrigin,
  GenerationPurpose,
  GenerationRequest,
  OnDisconnect,
  BranchMessage,
} from '#server/domain/generation.ts'

/**
 * Conversations, messages and generations, as rows. Every call names the user, and sees nothing of another's. Each call is
 * one transaction; what it acknowledges survives a power loss, except `settle`, which can be made again from the log.
 * Expected refusals are return values. Times are milliseconds UTC, given by the caller.
 */
export interface Store {
  createConversation(input: { id: string; userId: string; title: string | null; now: number }): Promise<Conversation>
  /** Newest activity first; `before` is the `updatedAt`/`id` pair of the last one of the page before. */
  listConversations(
    userId: string,
    page: { limit: number; before?: { updatedAt: number; id: string } },
  ): Promise<Conversation[]>
  getConversation(userId: string, id: string): Promise<Conversation | undefined>
  /** Undefined when there is no such conversation, or when `activeLeafId` is not a message of it. */
  updateConversation(
    userId: string,
    id: string,
    change: { title?: string; activeLeafId?: string; now: number },
  ): Promise<Conversation | undefined>
  /**
   * Hides the conversation and its messages; their rows go when `purgeDeleted` finds them old enough and nothing is still
   * being written in them. Deleting twice is the same. Generations go on and can be followed and cancelled.
   */
  deleteConversation(userId: string, id: string, now: number): Promise<boolean>
  restoreConversation(userId: string, id: string, now: number): Promise<Conversation | undefined>
  /**
   * Removes what was deleted before `deletedBefore`, and idempotency keys used before `keysBefore` with the responses they
   * stand for. Returns the ids of generations that are gone, now or earlier, and whose logs the caller has to drop: they
   * are named again until `forgetLogs` says that it is done.
   */
  purgeDeleted(age: { deletedBefore: number; keysBefore: number }): Promise<string[]>
  forgetLogs(generationIds: readonly string[]): Promise<void>

  /** The whole tree in order of creation (id order), at most `limit` messages after `afterId`. */
  listMessages(
    userId: string,
    conversationId: string,
    page: { limit: number; afterId?: string },
  ): Promise<MessageRow[] | undefined>
  getMessage(userId: string, id: string): Promise<MessageRow | undefined>
  /** The messages from the root down to the leaf, the leaf included. */
  branch(userId: string, leafId: string): Promise<BranchMessage[]>

  /**
   * The send: user message, answer placeholders and queued generations, all or nothing. With an idempotency key that was
   * used before, nothing is written: the same body gets the first response back, another body is refused.
   *
   * `onQueued` is called once the generations can be claimed, which may be before they survive a power loss: workers need
   * not wait for that, whoever asked has to.
   */
  startTurn(turn: NewTurn, onQueued?: () => void): Promise<StartTurnResult>
  /**
   * What `startTurn` would say to this idempotency key before it looks at anything else; undefined for a key not used yet.
   * Lets a repeat be answered although what it names is gone. A key may still be used between this call and the next.
   */
  answerBefore(userId: string, key: string, bodyHash: string): Promise<RepeatedTurn | undefined>

  getGeneration(userId: string, id: string): Promise<GenerationRow | undefined>
  /** The same without naming a user: for workers, which act for all. */
  findGeneration(id: string): Promise<GenerationRow | undefined>
  /** Ids of all generations that have not ended and are to be stopped once nobody reads them. */
  listStopOnDisconnect(): Promise<string[]>
  /** Ids of the user's generations that have not ended, oldest first; only of these conversations when they are named. */
  listRunning(userId: string, conversationIds?: readonly string[]): Promise<string[]>
  /**
   * Records the wish once; later calls return the first one's time. Nothing is recorded of a generation that has ended: if
   * nobody had asked before, the time returned is that of its end. Undefined when there is no such generation.
   */
  requestCancel(
    userId: string,
    id: string,
    wish: { at: number; by: NonNullable<Answer['cancelledBy']> },
  ): Promise<{ acceptedAt: number; status: GenerationStatus } | undefined>
  /**
   * Projects a sealed log onto the generation and its message. Compare-and-set: does nothing, and says false, when the
   * generation has already ended.
   */
  settle(generationId: string, answer: Answer, now: number): Promise<boolean>
  /** Generations that are not terminal, oldest first: what a sweep compares with the log. */
  listUnsettled(limit: number): Promise<GenerationRow[]>

  /** The models that one provider instance offered last, replacing what it offered before. */
  saveCatalogue(provider: string, entry: CatalogueEntry): Promise<void>
  readCatalogue(): Promise<Map<string, CatalogueEntry>>
}

export interface Conversation {
  id: string
  userId: string
  title: string | null
  activeLeafId: string | null
  createdAt: number
  updatedAt: number
  deletedAt: number | null
  /** Number of generations that have not ended. */
  running: number
}

export interface MessageRow {
  id: string
  conversationId: string
  parentId: string | null
  role: 'user' | 'assistant' | 'system'
  parts: MessagePart[]
  createdAt: number
  /** Answers only. */
  generation: GenerationSummary | null
  /** Answers only, once ended: the whole fold of the log. */
  answer: Answer | null
}

export interface GenerationSummary {
  id: string
  status: GenerationStatus
  requestedModel: string
  provider: string
  model: string
}

export interface GenerationRow extends GenerationSummary {
  userId: string
  conversationId: string | null
  messageId: string | null
  purpose: GenerationPurpose
  origin: GenerationOrigin
  epoch: number
  lostAttempts: number
  request: GenerationRequest
  onDisconnect: OnDisconnect
  cancelRequestedAt: number | null
  cancelledBy: Answer['cancelledBy'] | null
  createdAt: number
  endedAt: number | null
}

export interface NewTurn {
  userId: string
  conversationId: string
  now: number
  origin: GenerationOrigin
  /** The message answered: a new user message, or for a retry the one that stands already. */
  question:
    | { kind: 'new'; id: string; parentId: string | null; parts: MessagePart[] }
    | { kind: 'existing'; id: string }
  answers: { messageId: string; generationId: string; request: GenerationRequest }[]
  /** Names the comparison when there are several answers. */
  groupId: string | null
  /** Of all its answers; absent they go on. */
  onDisconnect?: OnDisconnect
  /** `response` is what a repeat of the same request is answered with. */
  idempotency?: { key: string; bodyHash: string; response: string }
}

export type StartTurnResult =
  | { ok: true; repeated: false }
  | RepeatedTurn
  | { ok: false; reason: 'unknown-conversation' | 'unknown-parent' | 'parent-not-answered' | 'not-a-question' }

/** The first response to the same request; `key-reused` when the key was used for another body. */
export type RepeatedTurn = { ok: true; repeated: true; response: string } | { ok: false; reason: 'key-reused' }

export interface CatalogueEntry {
  models: ModelRecord[]
  /** `pending`: never reached so far. `down`: the last try failed; `models` are those of the last good one. */
  status: 'pending' | 'up' | 'down'
  error: string | null
  checkedAt: number
}

export interface ModelRecord {
  id: string
  name: string | null
  contextLength: number | null
}
