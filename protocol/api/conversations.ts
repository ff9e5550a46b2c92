import { z } from 'zod'

export const ConversationSchema = z.object({
  id: z.string(),
  /** Null until one is given; the page then shows the first words of the first question. */
  title: z.string().nullable(),
  activeLeafId: z.string().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** How many answers are being written in it. */
  running: z.number().int(),
  /** How many turns wait in its queue. */
  queued: z.number().int(),
  /** An answer has ended since anyone last read it. */
  unread: z.boolean(),
  /** Grows with every change of anything in it, and is never reused: what has changed since is asked for by it. */
  revision: z.number().int(),
})
export type ConversationView = z.infer<typeof ConversationSchema>

export const ConversationPage = z.object({
  conversations: z.array(ConversationSchema),
  /** Pass as `before` to get the next page; null on the last one. */
  next: z.string().nullable(),
})
export type ConversationPage = z.infer<typeof ConversationPage>

export const CreateConversation = z.object({ title: z.string().trim().min(1).max(200).optional() })
export type CreateConversation = z.infer<typeof CreateConversation>

export const UpdateConversation = z.object({
  title: z.string().trim().min(1).max(200).optional(),
  activeLeafId: z.string().optional(),
  /** `false` undoes a deletion for as long as it can be undone. */
  deleted: z.literal(false).optional(),
})
export const ReadMark = z.object({
  revision: z.number().int().min(0).describe('The `revision` of the conversation as it was seen.'),
})

export type UpdateConversation = z.infer<typeof UpdateConversation>
