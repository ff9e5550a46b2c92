import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  type BrotliOptions,
  type ZlibOptions,
  type ZstdOptions,
} from 'node:zlib'

/** A way through which a reply's bytes go before they are read. */
export interface ContentDecoding {
  /** False when the caller should hold back until `onDrain`. */
  write(bytes: Uint8Array): boolean
  /** No more bytes come, cut short or not: what was held is given out, then `onEnd` runs once. */
  end(): void
  destroy(): void
}

export interface ContentDecodingHandlers {
  onBytes(bytes: Uint8Array): void
  onDrain(): void
  /** `damaged` when the bytes were not what the header said. */
  onEnd(damaged?: Error): void
}

/** Opens the decoding that a `content-encoding` header names; undefined when it is none that we know. */
export function openContentDecoding(encoding: string, handlers: ContentDecodingHandlers): ContentDecoding | undefined {
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity') return plain(handlers)
  const stream = createDecompressor(name)
  return stream && compressed(stream, handlers)
}

function plain(handlers: ContentDecodingHandlers): ContentDecoding {
  return {
    write(bytes) {
      handlers.onBytes(bytes)
      return true
    },
    end: () => handlers.onEnd(),
    destroy() {},
  }
}

function compressed(stream: Transform, handlers: ContentDecodingHandlers): ContentDecoding {
  let ended = false
  const end = (damaged?: Error) => {
    if (ended) return
    ended = true
    handlers.onEnd(damaged)
  }
  stream.on('data', (bytes: Uint8Array) => handlers.onBytes(bytes))
  stream.on('drain', () => handlers.onDrain())
  stream.on('end', () => end())
  stream.on('error', (error) => end(error))
  return {
    write: (bytes) => ended || stream.write(bytes),
    end() {
      if (!ended) stream.end()
    },
    destroy() {
      ended = true
      stream.destroy()
    },
  }
}

/**
 * Flushing at the end instead of finishing: a stream that is cut short gives out all that it held, and is no error here.
 * Whether the answer was whole, its protocol says.
 */
function createDecompressor(name: string): Transform | undefined {
  const zlib: ZlibOptions = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
  const brotli: BrotliOptions = {
    flush: constants.BROTLI_OPERATION_FLUSH,
    finishFlush: constants.BROTLI_OPERATION_FLUSH,
  }
  const zstd: ZstdOptions = { flush: constants.ZSTD_e_flush, finishFlush: constants.ZSTD_e_flush }
  if (name === 'gzip' || name === 'x-gzip') return createGunzip(zlib)
  if (name === 'deflate') return createInflate(zlib)
  if (name === 'br') return createBrotliDecompress(brotli)
  return name === 'zstd' ? createZstdDecompress(zstd) : undefined
}
