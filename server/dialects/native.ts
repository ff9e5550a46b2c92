import { namedFrame, type StreamDialect } from './stream-dialect.ts'

/**
 * Follow one generation: `id` is the cursor after the event and `data` the event as it stands in the log, so that
 * `EventSource.onmessage` sees every event and resumes by itself.
 */
export const nativeDialect: StreamDialect = {
  encode(events) {
    let frames = ''
    for (const { epoch, seq, json } of events) frames += `id: ${epoch}-${seq}\ndata: ${json}\n\n`
    return frames
  },
  queued: (_generationId, position) => namedFrame('status', JSON.stringify({ status: 'queued', position })),
}

/**
 * Several generations on one stream: `id` is `<generation>:<cursor>`, and every event begins with its `generationId`.
 */
export const namedNativeDialect: StreamDialect = {
  encode(events) {
    let frames = ''
    for (const { generationId, epoch, seq, json } of events) {
      // The stored JSON is an object with at least a type, so its first brace can be opened wider without parsing it.
      frames += `id: ${generationId}:${epoch}-${seq}\ndata: {"generationId":"${generationId}",${json.slice(1)}\n\n`
    }
    return frames
  },
  queued: (generationId, position) =>
    namedFrame('status', JSON.stringify({ generationId, status: 'queued', position })),
}
