import type { Recording } from '../wire/recordings.ts'

/** A `fetch` that answers with the recording, cut off where the recording is. One that would hang stays open. */
export function replyWith(recording: Recording): typeof fetch {
  const { serve, status, contentType } = recording
  const body = recording.readBody()
  const cutAt = typeof serve.reset_after === 'number' ? serve.reset_after : undefined
  return () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(body.subarray(0, cutAt)))
        if (serve.hang_at_end !== true && cutAt === undefined) controller.close()
      },
      pull(controller) {
        if (cutAt !== undefined) controller.error(new TypeError('terminated'))
      },
    })
    const headers = new Headers(contentType === '' ? {} : { 'content-type': contentType })
    const seconds = recording.expected.retryAfterSeconds
    if (seconds !== undefined) headers.set('retry-after', String(seconds))
    return Promise.resolve(new Response(stream, { status, headers }))
  }
}
