import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { Cursor } from '#protocol/cursor.ts'
import type { Answer, GenerationStatus, MessagePart } from '#protocol/messages.ts'
import type {
  GenerationOrigin,
  GenerationPurpose,
  GenerationRequest,
  OnDisconnect,
  BranchMessage,
} from '#server/domain/generation.ts'
import type { ModelCapabilities, ModelPrice } from '#server/domain/model-facts.ts'
import type { QueuedRequest, QueuedTurn } from '#server/domain/queued-turn.ts'
import type { StoredFile } from '#server/domain/stored-file.ts'
import type { UserKeyStore } from './user-keys.ts'

/**
 * Conversations, messages and generations, as rows. Every call names the user, and sees nothing of another's. Each call is
 * one transaction; what it acknowledges survives a power loss, except `settle`, which can be made again from the log.
 * Expected refusals are return values. Times are milliseconds UTC, given by the caller.
 *
 * Every change of what a user sees raises that user's revision by one and stamps it on the conversation, and on the messages
 * that changed: whoever has seen everything up to a revision is told the rest by it. Revisions are given in the order of
 * the commits, and one that was lost in a power loss is not given again.
 */
export interface Store extends UserKeyStore {
  createConversation(input: { id: string; userId: string; title: string | null; now: number }): Promise<Conversation>
  /** Newest activity first; `before` is the `updatedAt`/`id` pair of the last one of the page before. */
  listConversations(
    userId: string,
    page: { limit: number; before?: { updatedAt: number; id: string } },
  ): Promise<Conversation[]>
  getConversation(userId: string, id: string): Promise<Conversation | undefined>
  /**
   * The conversations that changed after a revision, those deleted since included, in the order of their last change; and
   * the revision up to which that is everything.
   */
  listChanges(
    userId: string,
    page: { since: number; limit: number },
  ): Promise<{ upTo: number; conversations: Conversation[] }>
  /** The newest revision of each of these users. */
  readRevisions(userIds: readonly string[]): Promise<Map<string, number>>
  /** Everything up to this revision of the conversation was read. What was read stays read. */
  markRead(userId: string, id: string, upTo: number): Promise<Conversation | undefined>
  /**
   * Undefined when there is no such conversation, or when `activeLeafId` is not a message of it. A title that a person gave
   * is never replaced by a model's. A leaf below one answer of a comparison chooses that answer: the turns that waited for
   * the choice follow it. Where one comparison stands below another, it chooses in both.
   */
  updateConversation(
    userId: string,
    id: string,
    change: { title?: string; activeLeafId?: string; now: number },
  ): Promise<Conversation | undefined>
  /**
   * Hides the conversation and its messages; their rows go when `purgeDeleted` finds them old enough and nothing is still
   * being written in them. Deleting twice is the same. Generations go on and can be followed and cancelled; queued turns
   * are not sent before the conversation is restored.
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

  /** The whole tree in order of creation (id order), at most `limit` messages after `afterId` and `since` a revision. */
  listMessages(
    userId: string,
    conversationId: string,
    page: { limit: number; afterId?: string; since?: number },
  ): Promise<MessageRow[] | undefined>
  getMessage(userId: string, id: string): Promise<MessageRow | undefined>
  /** The messages from the root down to the leaf, the leaf included. */
  branch(userId: string, leafId: string): Promise<BranchMessage[]>

  /**
   * The send: user message, answer placeholders and queued generations, all or nothing. With an idempotency key that was
   * used before, nothing is written: the same body gets the first response back, another body is refused.
   *
   * Where the answer before is still being written, or turns wait for it already, the turn goes to the end of those that
   * wait, under `queuedTurnId`; without one it is refused. After a comparison it waits until one of the answers is chosen.
   * A queued turn that was sent means its question; one that was withdrawn means the place where it would be by now.
   *
   * Held turns that wait for an ended answer to the same question, or for the choice among its answers, wait for the new
   * answer from now on: after a retry, and after an edit, which names the question that it `replaces`.
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

  /** The turns that wait, in the order in which they are sent; undefined when there is no such conversation. */
  listQueue(userId: string, conversationId: string): Promise<QueuedTurn[] | undefined>
  /** Turns of all users that wait, and whose answers are to be stopped once nobody reads them. */
  listTurnsToStop(): Promise<{ userId: string; conversationId: string; id: string }[]>
  /** In whatever state it is. */
  getQueuedTurn(userId: string, id: string): Promise<QueuedTurn | undefined>
  /** Refused when it no longer waits, or when `revision` is given and another one by now. */
  editQueuedTurn(
    userId: string,
    id: string,
    edit: { revision?: number; parts?: QueuedTurnView['parts']; requests?: QueuedRequest[] },
  ): Promise<EditedTurn>
  withdrawQueuedTurn(userId: string, id: string): Promise<EditedTurn>
  /** Withdraws all that wait; the number of them. */
  withdrawQueue(userId: string, conversationId: string): Promise<number | undefined>
  /** Unknown ids are left out; turns that are not named keep their order and come after. */
  orderQueue(userId: string, conversationId: string, ids: readonly string[]): Promise<QueuedTurn[] | undefined>
  /**
   * Sends the first of the turns that are held, after each answer for which some are. Those that wait for the choice among
   * the answers of a comparison stay: `needsChoice` when there are no others. `sent` is the number of turns.
   */
  continueQueue(
    userId: string,
    conversationId: string,
    now: number,
  ): Promise<{ sent: number; needsChoice: boolean } | undefined>

  getGeneration(userId: string, id: string): Promise<GenerationRow | undefined>
  /** Of the user's generations that have not ended, oldest first. */
  listLive(userId: string): Promise<LiveRow[]>
  /** Holds the display of a generation at a cursor on every client, or lets it go on. Also of one that has ended. */
  setPause(userId: string, id: string, at: Cursor | null): Promise<GenerationRow | undefined>
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
   *
   * In the same transaction a completed answer is followed by the first turn that waits for it, and the first answer of a
   * conversation without a given title by the generation that writes one, where its request asks for that. Turns that wait
   * for an answer that failed or was stopped wait for a newer answer to the same question, if it was asked again meanwhile.
   */
  settle(generationId: string, answer: Answer, now: number): Promise<boolean>
  /** Generations that are not terminal, oldest first: what a sweep compares with the log. */
  listUnsettled(limit: number): Promise<GenerationRow[]>

  /** The models that one provider instance offered last, replacing what it offered before. */
  saveCatalogue(provider: string, entry: CatalogueEntry): Promise<void>
  readCatalogue(): Promise<Map<string, CatalogueEntry>>
  /**
   * Whether the caller is to ask this provider for its models: nobody else set out to since `before`, nor stored what it
   * said. Of several who ask at once one is told yes. A provider never asked so far stands as `pending` from then on.
   */
  claimCatalogue(provider: string, claim: { now: number; before: number }): Promise<boolean>

  /** Says under which id the file is kept: that of an earlier one where this user sent the same under the same name. */
  addFile(file: StoredFile): Promise<StoredFile>
  /** Those of the user's files that have these ids, in no order. */
  getFiles(userId: string, ids: readonly string[]): Promise<StoredFile[]>
}

export interface Conversation {
  id: string
  userId: string
  title: string | null
  activeLeafId: string | null
  createdAt: number
  updatedAt: number
  deletedAt: number | null
  /** Number of answers that have not ended. */
  running: number
  /** Number of turns that wait in its queue. */
  queued: number
  /** An answer has ended since it was last marked as read. */
  unread: boolean
  revision: number
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
  /** Where every client holds its display; null where none does. */
  pausedAt: Cursor | null
}

/** What one is told of a generation that has not ended. */
export type LiveRow = Pick<GenerationRow, 'id' | 'conversationId' | 'messageId' | 'status'>

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
  question: NewQuestion | { kind: 'existing'; id: string }
  answers: { messageId: string; generationId: string; request: GenerationRequest }[]
  /** Names the comparison when there are several answers. */
  groupId: string | null
  /** Of all its answers; absent they go on. */
  onDisconnect?: OnDisconnect
  idempotency?: { key: string; bodyHash: string }
  /** The id under which it waits, if it has to. */
  queuedTurnId?: string
}

export interface NewQuestion {
  kind: 'new'
  id: string
  /** An answer, a question (its newest answer is meant), a queued turn; null for the root, absent for the active leaf. */
  parentId?: string | null
  parts: MessagePart[]
  /** The question that this one is an edit of: it goes to the same place, and `parentId` is that question's. */
  replaces?: string
}

/** `response` is the `SendReply` document that the send is answered with, also when it is repeated. */
export type StartTurnResult =
  | { ok: true; repeated: false; response: string }
  | RepeatedTurn
  | { ok: false; reason: 'unknown-conversation' | 'unknown-parent' | 'not-a-question' | 'queue-full' }
  /** `parentId`: the answer for whose end the turn would have to wait. */
  | { ok: false; reason: 'parent-not-answered'; parentId: string }

export type EditedTurn =
  | { ok: true; turn: QueuedTurn }
  | { ok: false; reason: 'unknown-queued-turn' | 'turn-sent' | 'turn-withdrawn' | 'turn-changed' }

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
  /** Tokens of prompt and answer together. */
  contextLength: number | null
  /** Tokens of one answer. */
  maxOutputTokens?: number | null
  /** What it can be sent and can do; a name that is absent is unknown, not refused. */
  capabilities?: ModelCapabilities
  price?: ModelPrice
  /** Can be asked, but is not offered. */
  hidden?: boolean
}
