import { z } from 'zod'

/**
 * Every code that a problem document can carry, with its status and title. `detail` says in a sentence what to do; the
 * parameters stand beside it for programs.
 */
export const PROBLEMS = {
  'invalid-json': { status: 400, title: 'The request body is not valid JSON' },
  'invalid-request': { status: 422, title: 'The request does not have the expected shape' },
  'invalid-cursor': { status: 400, title: 'That is not a cursor' },
  'empty-message': { status: 422, title: 'The message is empty' },
  'message-too-long': { status: 413, title: 'The message is too long' },
  'body-too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The request body must be JSON' },
  'unknown-model': { status: 422, title: 'No such model' },
  'unknown-provider': { status: 404, title: 'No such provider' },
  'provider-takes-no-key': { status: 422, title: 'This provider needs no key' },
  'base-url-refused': { status: 422, title: 'This base URL cannot be used' },
  'no-provider-key': { status: 422, title: 'There is no key for this provider' },
  'too-many-models': { status: 422, title: 'Too many models for one question' },
  'unknown-conversation': { status: 404, title: 'No such conversation' },
  'unknown-message': { status: 404, title: 'No such message' },
  'unknown-generation': { status: 404, title: 'No such generation' },
  'unknown-parent': { status: 422, title: 'The parent message is not in this conversation' },
  'parent-not-answered': { status: 409, title: 'The answer before is still being written' },
  'not-a-question': { status: 422, title: 'Only an answer or a question can be asked again' },
  'unknown-queued-turn': { status: 404, title: 'No such turn in the queue' },
  'turn-sent': { status: 409, title: 'This turn was sent already' },
  'turn-withdrawn': { status: 409, title: 'This turn was withdrawn' },
  'turn-changed': { status: 409, title: 'This turn was edited elsewhere meanwhile' },
  'queue-full': { status: 409, title: 'The queue of this conversation is full' },
  'queue-needs-choice': { status: 409, title: 'One answer of the comparison has to be chosen first' },
  'unknown-file': { status: 404, title: 'No such file' },
  'unknown-attachment': { status: 422, title: 'A file of this message cannot be sent' },
  'unsupported-file': { status: 415, title: 'Files of this type are not taken' },
  'unknown-tool-call': { status: 422, title: 'No such tool call in the answer before' },
  'unknown-stream': { status: 404, title: 'No such event stream' },
  'too-many-followed': { status: 422, title: 'Too many generations for one stream' },
  'idempotency-key-reused': { status: 422, title: 'This Idempotency-Key was used for another request' },
  'cursor-mismatch': { status: 410, title: 'The cursor does not belong to this log' },
  'cursor-beyond-tail': { status: 409, title: 'The cursor lies beyond the end of the log' },
  'log-dropped': { status: 410, title: 'The log of this generation is no longer kept' },
  'not-found': { status: 404, title: 'Nothing is at this address' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'host-not-allowed': { status: 403, title: 'This server does not answer to that host name' },
  'origin-not-allowed': { status: 403, title: 'Requests from that site are not accepted' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'too-many-streams': { status: 429, title: 'Too many open streams' },
  unavailable: { status: 503, title: 'The server is busy or shutting down' },
  'storage-full': { status: 503, title: 'The disk of the server is full' },
  'storage-busy': { status: 503, title: 'The database is locked by another program' },
  'storage-failed': { status: 503, title: 'The disk of the server cannot be written' },
  internal: { status: 500, title: 'Something went wrong inside the server' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** RFC 9457 problem document. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
  detail: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})
export type Problem = z.infer<typeof Problem>
