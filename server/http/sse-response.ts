import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const HEADERS: OutgoingHttpHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  connection: 'keep-alive',
}

/**
 * A response that server-sent events are written to. Each chunk goes to the socket in one write, with the framing of
 * HTTP/1.1 chunks around it: `ServerResponse.write` makes four of it and costs nearly twice the CPU.
 */
export interface SseResponse {
  write(frames: EncodedFrames): void
  /** Bytes that wait for the client to read them. */
  backlog(): number
  /** Calls back once the backlog has been sent. */
  onceDrained(listener: () => void): void
  /** Calls back when bytes wait and the client has taken none of them for so long. A quiet stream is not stuck. */
  onStuck(afterMs: number, listener: () => void): void
  /** Ends the stream cleanly: the client may take it for complete. */
  end(): void
  /** Cuts the connection: the client must not take it for complete. */
  cut(): void
}

/** Frames as bytes, with the head and tail of an HTTP chunk around them. */
export type EncodedFrames = Buffer & { readonly __frames: unique symbol }

export function encodeFrames(frames: string): EncodedFrames {
  return Buffer.from(`${Buffer.byteLength(frames).toString(16)}\r\n${frames}\r\n`) as EncodedFrames
}

/** Puts what is this client's own after bytes that are shared with others; `rest` is ASCII. */
export function encodeAfter(shared: Buffer, rest: string): EncodedFrames {
  const length = shared.length + rest.length
  const head = `${length.toString(16)}\r\n`
  const frames = Buffer.allocUnsafe(head.length + length + 2)
  frames.write(head, 'latin1')
  shared.copy(frames, head.length)
  frames.write(`${rest}\r\n`, head.length + shared.length, 'latin1')
  return frames as EncodedFrames
}

/** Sends the head and the first frames as one packet. */
export function openSseResponse(response: ServerResponse, first: string): SseResponse {
  const { socket } = response
  socket?.cork()
  response.writeHead(200, HEADERS)
  response.flushHeaders()
  // A pipelined request has no socket yet, and HTTP/1.0 (the default of some proxies) knows no chunks.
  const channel = socket && response.chunkedEncoding ? writeToSocket(response, socket) : writeToResponse(response)
  channel.write(encodeFrames(first))
  socket?.uncork()
  return {
    ...channel,
    onStuck(afterMs, listener) {
      // Node's timer starts anew with every write that begins or ends, and also when a part of one was taken.
      response.setTimeout(afterMs, () => {
        if (channel.backlog() > 0) listener()
      })
    },
  }
}

type Channel = Omit<SseResponse, 'onStuck'>

function writeToSocket(response: ServerResponse, socket: Socket): Channel {
  return {
    write: (frames) => void socket.write(frames),
    backlog: () => socket.writableLength,
    onceDrained: (listener) => void socket.once('drain', listener),
    end: () => void response.end(),
    cut: () => void socket.destroy(),
  }
}

function writeToResponse(response: ServerResponse): Channel {
  return {
    write: (frames) => void response.write(frames.subarray(frames.indexOf('\n') + 1, -2)),
    backlog: () => response.writableLength,
    onceDrained: (listener) => void response.once('drain', listener),
    end: () => void response.end(),
    cut: () => void response.destroy(),
  }
}
