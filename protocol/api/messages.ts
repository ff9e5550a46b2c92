import { z } from 'zod'
import { ATTEMPT_REASONS, FINISH_REASONS } from '../events.ts'
import { GENERATION_STATUSES, type QuestionPart } from '../messages.ts'
import { PROVIDER_ERROR_KINDS } from '../provider-error.ts'
import { GenerationOptions } from './generation-options.ts'

const metadata = { providerMetadata: z.record(z.string(), z.unknown()).optional() }

/** Wire form of `MessagePart`. */
export const MessagePartSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string(), ...metadata }),
  z.object({
    type: z.literal('reasoning'),
    text: z.string(),
    startedAt: z.number().optional(),
    endedAt: z.number().optional(),
    ...metadata,
  }),
  z.object({ type: z.literal('refusal'), text: z.string(), ...metadata }),
  z.object({
    type: z.literal('image'),
    fileId: z.string(),
    mediaType: z.string(),
    alt: z.string().optional(),
    ...metadata,
  }),
  z.object({ type: z.literal('file'), fileId: z.string(), mediaType: z.string(), name: z.string(), ...metadata }),
  z.object({ type: z.literal('source'), url: z.string(), title: z.string().optional(), ...metadata }),
  z.object({
    type: z.literal('tool-call'),
    toolCallId: z.string(),
    name: z.string(),
    arguments: z.string(),
    ...metadata,
  }),
  z.object({
    type: z.literal('tool-result'),
    toolCallId: z.string(),
    content: z.string(),
    isError: z.boolean().optional(),
    ...metadata,
  }),
  z.object({ type: z.literal('data'), name: z.string(), data: z.unknown(), ...metadata }),
])

export const UsageSchema = z.object({
  inputTokens: z.number().optional(),
  outputTokens: z.number().optional(),
  cachedInputTokens: z.number().optional(),
  cacheWriteTokens: z.number().optional(),
  reasoningTokens: z.number().optional(),
  costUsd: z.number().optional().describe('US dollars, as billed or from known prices; absent where neither is known'),
})

export const GenerationErrorSchema = z.object({
  kind: z.enum([...PROVIDER_ERROR_KINDS, 'worker-lost', 'internal']),
  message: z.string(),
  status: z.number().optional(),
  providerCode: z.string().optional(),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
})

/** Wire form of `Answer`; inside the API document its times are milliseconds, as in the log it is folded from. */
export const AnswerSchema = z.object({
  status: z.enum(GENERATION_STATUSES),
  parts: z.array(MessagePartSchema),
  attempt: z.number().int(),
  attemptReason: z.enum(ATTEMPT_REASONS).optional(),
  superseded: z.array(
    z.object({ attempt: z.number().int(), parts: z.array(MessagePartSchema), pieces: z.number().int().optional() }),
  ),
  keptAttempt: z.number().int().optional(),
  provider: z.string().optional(),
  model: z.string().optional(),
  phase: z
    .object({
      code: z.enum(['connecting', 'waiting', 'recovering']),
      untilMs: z.number().optional(),
      tryNumber: z.number().optional(),
      error: GenerationErrorSchema.optional(),
    })
    .optional(),
  finishReason: z.enum(FINISH_REASONS).optional(),
  finishDetail: z.string().optional().describe('The provider’s own words for why it finished so'),
  error: GenerationErrorSchema.optional(),
  leftOut: z
    .array(z.string())
    .optional()
    .describe('Parameters that were asked for and not sent, because the provider or the model does not take them'),
  switchedFrom: z.object({ provider: z.string(), model: z.string(), reason: z.string() }).optional(),
  cancelledBy: z.enum(['user', 'disconnect', 'shutdown']).optional(),
  upstreamClosedAt: z.number().optional(),
  metrics: z.object({
    startedAt: z.number().optional(),
    firstTokenAt: z.number().optional(),
    endedAt: z.number().optional(),
    usage: UsageSchema.optional(),
    pieces: z
      .number()
      .int()
      .optional()
      .describe('In how many pieces the model wrote the parts; nearly always one token each'),
  }),
})

export const GenerationSummarySchema = z.object({
  id: z.string(),
  status: z.enum(GENERATION_STATUSES),
  /** The model as it was asked for, `provider/model`. */
  model: z.string(),
  pausedAt: z
    .string()
    .nullable()
    .describe('The cursor at which the display is held on every client; null while it is not. The model goes on.'),
})

export const MessageSchema = z.object({
  id: z.string(),
  conversationId: z.string(),
  parentId: z.string().nullable(),
  role: z.enum(['user', 'assistant', 'system']),
  /** Empty while the answer is still being written: follow its generation from the start. */
  parts: z.array(MessagePartSchema),
  createdAt: z.iso.datetime(),
  generation: GenerationSummarySchema.nullable(),
  answer: AnswerSchema.nullable(),
})
export type MessageView = z.infer<typeof MessageSchema>

export const MessagePage = z.object({
  messages: z.array(MessageSchema),
  /** Pass as `after` to get the next page; null on the last one. */
  next: z.string().nullable(),
  revision: z
    .number()
    .int()
    .describe('Pass as `since` to get what has changed since; from the first page, where there are several.'),
})
export type MessagePage = z.infer<typeof MessagePage>

const MAX_PARTS = 64
const fileId = z.string().min(1).max(100).describe('As `POST /api/v1/files` said')
const toolResult = z.object({
  type: z.literal('tool-result'),
  toolCallId: z.string().min(1).max(500).describe('A call of the answer that this message comes after'),
  content: z.string().describe('What the tool said; JSON as text'),
  isError: z.boolean().optional(),
})

/** What a person or a program sends. Images and files refer to uploads. */
export const SendParts = z
  .array(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text'), text: z.string() }),
      z.object({
        type: z.literal('image'),
        fileId,
        mediaType: z.string().optional().describe('That of the file, whether it is given or not'),
        alt: z.string().max(1_000).optional(),
      }),
      z.object({ type: z.literal('file'), fileId, name: z.string().min(1).max(255).optional() }),
      toolResult,
    ]),
  )
  .max(MAX_PARTS)

/** Wire form of `QuestionPart`, whose optional fields zod would let be undefined. */
const QuestionParts: z.ZodType<QuestionPart[]> = z.array(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('text'), text: z.string() }),
    z.object({ type: z.literal('image'), fileId: z.string(), mediaType: z.string(), alt: z.string().optional() }),
    z.object({ type: z.literal('file'), fileId: z.string(), mediaType: z.string(), name: z.string() }),
    toolResult,
  ]),
) as z.ZodType<unknown> as z.ZodType<QuestionPart[]>

export const SendMessage = z.object({
  parentId: z
    .string()
    .nullable()
    .optional()
    .describe(
      'What this message comes after: an answer, a question (its newest answer is meant) or a queued turn. Null starts ' +
        'at the root, absent goes on at the active leaf. Where an answer is still being written the turn is queued.',
    ),
  parts: SendParts,
  /** One model, or several for a comparison; absent asks the default model. */
  model: z.string().optional(),
  models: z.array(z.string()).min(1).optional(),
  options: GenerationOptions.optional(),
})
export type SendMessage = z.infer<typeof SendMessage>

export const EditMessage = SendMessage.omit({ parentId: true })
export type EditMessage = z.infer<typeof EditMessage>

export const RetryMessage = z.object({
  model: z.string().optional(),
  options: GenerationOptions.optional(),
})
export type RetryMessage = z.infer<typeof RetryMessage>

export const Sent = z.object({
  /** The user message; for a retry the one that is asked again. */
  message: MessageSchema,
  generations: z.array(GenerationSummarySchema.extend({ messageId: z.string() })),
})
export type Sent = z.infer<typeof Sent>

/** A turn that waits until the answer before it is complete. */
export const QueuedTurnSchema = z.object({
  /** Can be named as `parentId` by the turns that are to come after it. */
  id: z.string(),
  conversationId: z.string(),
  parts: QuestionParts,
  models: z.array(z.string()),
  createdAt: z.iso.datetime(),
  /** Grows with every edit; send it along with the next one, so that nobody else's is overwritten unseen. */
  revision: z.number().int(),
  waitsFor: z.string().describe('The answer after which it is sent; of a comparison its question.'),
  held: z
    .enum(['failed', 'stopped', 'comparison'])
    .nullable()
    .describe(
      'Why it is not sent by itself: the answer before it failed or was stopped, or none of a comparison was chosen. ' +
        'Null while that answer is being written.',
    ),
})
export type QueuedTurnView = z.infer<typeof QueuedTurnSchema>

/** The reply to a send: it was started, or it waits its turn. */
export const SendReply = z.union([Sent, z.object({ queued: QueuedTurnSchema })])
export type SendReply = z.infer<typeof SendReply>
