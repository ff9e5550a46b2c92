import {
  CALL,
  candidate,
  type DecoderCase,
  finish,
  GENERATION,
  parts,
  say,
  signature,
  source,
  sse,
  STOP,
  stop,
  stream,
  text,
  whole,
} from './gemini-stream.fixture.ts'

const CALLED = {
  type: 'tool-call',
  toolCallId: 'x1',
  name: 'add',
  arguments: '{"a":1,"b":[2,{"c":null}]}',
  providerMetadata: { gemini: { thoughtSignature: 'SIG' } },
}

export const FRAMING: DecoderCase[] = [
  { title: 'plain line feeds', body: stream('\n'), events: whole() },
  { title: 'CRLF', body: stream('\r\n'), events: whole() },
  { title: 'no blank line after the last event', body: stream('\n').trimEnd(), events: whole() },
  {
    title: 'a list of responses in one event',
    body: `data: ${JSON.stringify([say('Hi'), stop()])}\n\n`,
    events: [text('Hi'), STOP],
  },
  {
    title: 'one list for the whole answer, where alt=sse was ignored',
    body: JSON.stringify([say('Hi'), say(' all'), { ...stop(), usageMetadata: { promptTokenCount: 2 } }], null, 2),
    events: [text('Hi all'), { type: 'usage', usage: { inputTokens: 2 } }, STOP],
  },
  { title: 'one response for the whole answer', body: JSON.stringify(say('Hi', 'STOP')), events: [text('Hi'), STOP] },
]

export const CONTENT: DecoderCase[] = [
  {
    title: 'a finish reason on every chunk',
    body: sse(say('A', 'STOP'), say('B', 'STOP'), say('C', 'MAX_TOKENS')),
    events: [text('ABC'), finish('length', 'MAX_TOKENS')],
  },
  {
    title: 'a chunk without parts, and one without content',
    body: sse(say('A'), candidate({}), { candidates: [{ finishReason: 'STOP' }] }),
    events: [text('A'), STOP],
  },
  {
    title: 'nothing but the first candidate',
    body: sse(say('A'), { candidates: [{ index: 1, content: { parts: [{ text: 'x' }] } }] }, stop()),
    events: [text('A'), STOP],
  },
  {
    title: "parts that run on the vendor's side, and images, as nothing",
    body: sse(
      parts(
        { executableCode: { code: 'x' } },
        { codeExecutionResult: { output: 'y' } },
        { inlineData: { mimeType: 'image/png', data: 'AA' } },
        { text: 'A' },
      ),
      stop(),
    ),
    events: [text('A'), STOP],
  },
  {
    title: 'thoughts apart from the answer, also in one chunk',
    body: sse(
      parts({ text: 'Hm', thought: true }),
      parts({ text: ', ', thought: true }, { text: 'Hi', thought: false }),
      stop(),
    ),
    events: [{ type: 'reasoning-delta', text: 'Hm, ' }, text('Hi'), STOP],
  },
  {
    title: 'a signature on a thought, on a text and on no text',
    body: sse(
      parts({ text: 'Hm', thought: true, thoughtSignature: 'A' }),
      parts({ text: 'Hi', thoughtSignature: 'B' }),
      parts({ text: '', thoughtSignature: 'C' }),
      stop(),
    ),
    events: [{ type: 'reasoning-delta', text: 'Hm' }, signature('A'), text('Hi'), signature('B'), signature('C'), STOP],
  },
  {
    title: 'a signature before any word as a hidden thought',
    body: sse(parts({ text: '', thoughtSignature: 'A' }), say('Hi'), stop()),
    events: [{ type: 'reasoning-end', providerMetadata: { gemini: { thoughtSignature: 'A' } } }, text('Hi'), STOP],
  },
  {
    title: 'calls whole and at the end, with the signature of theirs that has one',
    body: sse(
      say('Wait.'),
      parts(CALL),
      parts({ functionCall: { name: 'now' } }),
      parts({ text: '', thoughtSignature: 'ODD' }),
      stop(),
    ),
    events: [
      text('Wait.'),
      CALLED,
      { type: 'tool-call', toolCallId: `call_${GENERATION}_1`, name: 'now', arguments: '{}' },
      finish('tool-calls', 'STOP'),
    ],
  },
  {
    title: 'text that follows a call behind it',
    body: sse(parts(CALL), say('Then'), stop()),
    events: [CALLED, text('Then'), finish('tool-calls', 'STOP')],
  },
  {
    title: 'calls that were cut short by the limit as that',
    body: sse(parts(CALL), stop('MAX_TOKENS')),
    events: [CALLED, finish('length', 'MAX_TOKENS')],
  },
  {
    title: 'the last usage of many: thoughts are output, cached tokens are input',
    body: sse(
      { ...say('Hi'), usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1 } },
      {
        ...stop(),
        usageMetadata: {
          promptTokenCount: 9,
          candidatesTokenCount: 2,
          thoughtsTokenCount: 5,
          cachedContentTokenCount: 4,
        },
      },
    ),
    events: [
      text('Hi'),
      { type: 'usage', usage: { inputTokens: 9, outputTokens: 7, cachedInputTokens: 4, reasoningTokens: 5 } },
      STOP,
    ],
  },
  {
    title: 'sources out of a search, of pages read and of works recited, once each',
    body: sse(
      {
        candidates: [
          {
            content: { parts: [{ text: 'Hi' }] },
            urlContextMetadata: {
              urlMetadata: [
                { retrievedUrl: 'https://a.example/', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' },
                { retrievedUrl: 'https://no.example/', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_ERROR' },
              ],
            },
          },
        ],
      },
      {
        candidates: [
          {
            groundingMetadata: {
              groundingChunks: [
                { web: { uri: 'https://a.example/', title: 'A' } },
                { maps: { uri: 'https://m.example/', title: 'M' } },
                { image: { sourceUri: 'https://i.example/' } },
              ],
            },
            citationMetadata: { citationSources: [{ uri: 'https://c.example/' }] },
            finishReason: 'STOP',
          },
        ],
      },
    ),
    events: [
      text('Hi'),
      source('https://a.example/', 'A'),
      source('https://m.example/', 'M'),
      source('https://i.example/'),
      source('https://c.example/'),
      STOP,
    ],
  },
  ...['SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY'].map((reason) => ({
    title: `${reason} as filtered, with what was written before`,
    body: sse(say('No'), stop(reason)),
    events: [text('No'), finish('content-filter', reason)],
  })),
  {
    title: 'an unknown finish reason as that',
    body: sse(say('Hi'), stop('NEW_ONE')),
    events: [text('Hi'), finish('other', 'NEW_ONE')],
  },
  {
    title: 'a reason named like a property of every object',
    body: sse(say('Hi', 'constructor')),
    events: [text('Hi'), finish('other', 'constructor')],
  },
  {
    title: 'a limit of one request as a limit',
    body: sse(say('Hi'), stop('CONTINUATION')),
    events: [text('Hi'), finish('length', 'CONTINUATION')],
  },
  {
    title: 'a refused prompt as filtered, with its usage',
    body: sse({
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
    }),
    events: [{ type: 'usage', usage: { inputTokens: 3 } }, finish('content-filter', 'PROHIBITED_CONTENT')],
  },
  {
    title: 'why an answer was filtered',
    body: sse(say('No'), { candidates: [{ finishReason: 'SAFETY', finishMessage: 'Too hot.' }] }),
    events: [text('No'), { ...finish('content-filter', 'SAFETY'), detail: 'Too hot.' }],
  },
  {
    title: 'why a prompt was refused',
    body: sse({ promptFeedback: { blockReason: 'OTHER', blockReasonMessage: 'Not that.' } }),
    events: [{ ...finish('content-filter', 'OTHER'), detail: 'Not that.' }],
  },
  {
    title: 'no reason where nothing is amiss',
    body: sse(parts(CALL), {
      candidates: [{ finishReason: 'STOP', finishMessage: 'Model generated function call(s).' }],
    }),
    events: [CALLED, finish('tool-calls', 'STOP')],
  },
]
