/** A file that a user has sent. Its bytes are kept under their hash. */
export interface StoredFile {
  id: string
  userId: string
  /** Under which the blob store keeps the bytes. */
  hash: string
  mediaType: string
  /** How many there are. */
  bytes: number
  name: string
  createdAt: number
}
