import { z } from 'zod'

/** A file that was taken; the parts of messages refer to it by its id. */
export const FileSchema = z.object({
  id: z.string(),
  /** As its bytes say. */
  mediaType: z.string(),
  /** How many there are. */
  bytes: z.number().int(),
  name: z.string(),
})
export type FileView = z.infer<typeof FileSchema>
