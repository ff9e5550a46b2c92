/**
 * The bytes of files, under the hash of what they are: the same bytes are kept once, and what is there never changes. Who
 * may read them, and under what name, stands in the store.
 */
export interface BlobStore {
  /**
   * Keeps the bytes and returns their hash. What it acknowledges survives a power loss; the same bytes again are the same.
   * Rejects with a `StorageFailure` where the disk takes nothing: then nothing was kept, and nothing of it can be read.
   */
  put(bytes: Uint8Array): Promise<string>
  /** Undefined when they are not there, or are no longer what their hash says. */
  get(hash: string): Promise<Uint8Array | undefined>
}
