import type { Answer, GenerationStatus } from '#protocol/messages.ts'
import type { GenerationOrigin, GenerationPurpose, OnDisconnect } from '#server/domain/generation.ts'
import type { Job } from '#server/ports/job-queue.ts'
import type { CatalogueEntry, MessageRow } from '#server/ports/store.ts'

/** The tables that Kysely builds queries for. Times are milliseconds UTC; columns that end in `_json` hold JSON text. */
export interface Schema {
  user: UserTable
  external_id: ExternalIdTable
  conversation: ConversationTable
  message: MessageTable
  generation: GenerationTable
  idempotency: IdempotencyTable
  catalogue: CatalogueTable
  queued_turn: QueuedTurnTable
  orphaned_log: OrphanedLogTable
  user_key: UserKeyTable
  file: FileTable
}

interface UserTable {
  id: string
  created_at: number
  /** Raised by one with every change of what the user sees. */
  revision: number
}

/** Ids that clients brought, and ours that they stand for. */
interface ExternalIdTable {
  user_id: string
  dialect: string
  value: string
  internal_id: string
}

interface ConversationTable {
  id: string
  user_id: string
  title: string | null
  active_leaf_id: string | null
  created_at: number
  updated_at: number
  deleted_at: number | null
  revision: number
  /** Revisions at which an answer last ended, and up to which everything was read. */
  answered_revision: number
  read_revision: number
  /**
   * `none` before there is a title, `plain` for the first words of the first question, `asked` once a model is to write a
   * better one, `model` when it did; `person` when somebody gave it, which nothing replaces.
   */
  title_source: 'none' | 'plain' | 'asked' | 'model' | 'person'
}

export interface MessageTable {
  id: string
  user_id: string
  conversation_id: string
  parent_id: string | null
  role: MessageRow['role']
  parts_json: string
  created_at: number
  /** What the whole log was folded to, without the parts, once the answer has ended. */
  answer_json: string | null
  revision: number
}

/** Turns that wait, and those that did: who sends after one that is gone is still understood. */
interface QueuedTurnTable {
  id: string
  user_id: string
  conversation_id: string
  anchor_id: string
  place: number
  state: 'queued' | 'sent' | 'withdrawn'
  message_id: string | null
  parts_json: string
  requests_json: string
  origin: GenerationOrigin
  on_disconnect: OnDisconnect
  revision: number
  created_at: number
}

/** A generation, which is also its job. */
interface GenerationTable {
  id: string
  user_id: string
  conversation_id: string | null
  message_id: string | null
  group_id: string | null
  purpose: GenerationPurpose
  origin: GenerationOrigin
  status: GenerationStatus
  provider: string
  model: string
  requested_model: string
  request_json: string
  epoch: number
  /** Null while nobody owns the job. */
  worker_id: string | null
  lease_until: number | null
  due_at: number
  lost_attempts: number
  previous: Job['previous']
  cancel_requested_at: number | null
  cancelled_by: NonNullable<Answer['cancelledBy']> | null
  on_disconnect: OnDisconnect
  paused_epoch: number | null
  paused_seq: number | null
  created_at: number
  ended_at: number | null
}

interface IdempotencyTable {
  user_id: string
  key: string
  body_hash: string
  response: string
  created_at: number
}

interface OrphanedLogTable {
  generation_id: string
}

interface CatalogueTable {
  provider: string
  models_json: string
  status: CatalogueEntry['status']
  error: string | null
  checked_at: number
  /** When somebody last set out to ask. */
  asked_at: number
}

interface FileTable {
  id: string
  user_id: string
  hash: string
  media_type: string
  bytes: number
  name: string
  created_at: number
}

/** The key is encrypted; what it was encrypted with is named by `key_id`. */
interface UserKeyTable {
  user_id: string
  provider: string
  key_id: string
  nonce: string
  ciphertext: string
  tag: string
  base_url: string | null
  created_at: number
}
