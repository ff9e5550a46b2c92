import { CALL, type DecoderCase, error, KEY, parts, say, sse, stop, text } from './gemini-stream.fixture.ts'

const PRETTY_ERROR = JSON.stringify(
  { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } },
  null,
  2,
)

export const ERRORS: DecoderCase[] = [
  {
    title: 'a stream that closes without a finish reason',
    body: sse(say('Half')),
    events: [text('Half'), error('incomplete', 'ended before')],
  },
  {
    title: 'the zero of the enumeration in place of a reason',
    body: sse(say('Half', 'FINISH_REASON_UNSPECIFIED')),
    events: [text('Half'), error('incomplete', '')],
  },
  { title: 'an empty body', body: '', events: [error('incomplete', '')] },
  {
    title: 'a call without the end of its answer is not made',
    body: sse(say('Half'), parts(CALL)),
    events: [text('Half'), error('incomplete', '')],
  },
  {
    title: 'a list without a finish reason',
    body: JSON.stringify([say('Half')]),
    events: [text('Half'), error('incomplete', '')],
  },
  {
    title: 'a bare document over many lines, after a finish reason',
    body: `${sse(say('Half', 'STOP'))}${PRETTY_ERROR}`,
    events: [text('Half'), error('overloaded', 'The model is overloaded.')],
  },
  {
    title: 'a bare list over many lines',
    body: `${sse(say('Half', 'STOP'))}[${PRETTY_ERROR}\n]\n`,
    events: [text('Half'), error('overloaded', 'The model is overloaded.')],
  },
  {
    title: 'an error as an event',
    body: sse(say('Half'), { error: { code: 500, message: 'It broke', status: 'INTERNAL' } }),
    events: [text('Half'), error('server', 'It broke')],
  },
  {
    title: 'an error in place of a stream',
    body: PRETTY_ERROR,
    events: [error('overloaded', 'The model is overloaded.')],
  },
  {
    title: 'a call that cannot be read',
    body: sse(say('Let me see.'), {
      candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'print(add(1' }],
    }),
    events: [text('Let me see.'), error('server', 'print(add(1')],
  },
  {
    title: 'a call that nobody offered',
    body: sse(parts(CALL), stop('UNEXPECTED_TOOL_CALL')),
    events: [error('server', 'UNEXPECTED_TOOL_CALL')],
  },
  {
    title: 'a signature that is missing',
    body: sse(stop('MISSING_THOUGHT_SIGNATURE')),
    events: [error('bad-request', '')],
  },
  { title: 'a web page', body: '<html><title>Sign in</title>', events: [error('bad-response', 'Sign in')] },
  {
    title: 'our key, masked',
    body: sse({ error: { code: 400, message: `API key ${KEY} not valid` } }),
    events: [error('auth', 'API key [redacted]')],
  },
]
