import type { WireProtocol } from '../wire/recordings.ts'
import type { Reading } from './oracle-reading.ts'

/** Why two readers make different things of one stream, and who is right. */
export interface Explanation {
  fields: (keyof Reading)[]
  /** `either`: they differ in words, not in substance. */
  right: 'ours' | 'theirs' | 'either'
  because: string
}

const lost: (keyof Reading)[] = ['text', 'finish', 'inputTokens', 'outputTokens', 'failed']
const wholeDocument: Explanation = {
  fields: lost,
  right: 'ours',
  because: 'The server ignored `stream` and sent one whole JSON answer. The layer takes it for an empty event stream.',
}
const toolPrompt: Explanation = {
  fields: ['inputTokens'],
  right: 'either',
  because:
    'The vendor counts what its own search and fetch put before the model apart from the prompt; the layer adds it.',
}

export const EXPLANATIONS: Record<WireProtocol, Record<string, Explanation>> = {
  chat: {
    'dev/compat-misc/snowflake-claude': {
      fields: ['reasoning', 'finish', 'failed'],
      right: 'ours',
      because:
        'The reasoning stands in `reasoning_details` alone and no finish reason is sent before [DONE]. The layer reads ' +
        'neither, and reports an error for an answer that is complete.',
    },
    'dev/openai-chat/n2-choices': {
      fields: ['text'],
      right: 'ours',
      because: 'Two choices were asked for; the layer mixes the words of both into one text.',
    },
    'dev/openai-chat/refusal': {
      fields: ['finish'],
      right: 'either',
      because:
        'The vendor says `stop`. The layer makes a content filter of it because the words are a refusal; ours says so in a refusal part.',
    },
    'synthetic/chat/content-after-finish': {
      fields: ['text'],
      right: 'ours',
      because: 'What comes after [DONE] is no part of the answer.',
    },
    'synthetic/chat/error-null-field': {
      fields: lost,
      right: 'ours',
      because: '`"error": null` is no error. The layer takes each such chunk for one.',
    },
    'synthetic/chat/hang-after-done': {
      fields: ['finish', 'inputTokens', 'outputTokens'],
      right: 'ours',
      because: 'After [DONE] the connection stays open. The layer waits for its end; the answer has ended.',
    },
    'synthetic/chat/json-instead-of-stream': wholeDocument,
    'synthetic/chat/json-with-leading-whitespace': wholeDocument,
    'synthetic/chat/missing-choices': {
      fields: ['failed'],
      right: 'ours',
      because:
        'One chunk in the middle has no `choices`. The layer calls it an error, and gives the whole answer all the same.',
    },
    'synthetic/chat/no-trailing-newline-no-done': {
      fields: ['inputTokens', 'outputTokens'],
      right: 'ours',
      because:
        'The last event has no line end behind it. The event-stream rules drop it, and with it the usage that it holds.',
    },
    'synthetic/chat/reset-midstream': {
      fields: ['text'],
      right: 'ours',
      because: 'The connection is reset: a stream that errors drops what was received and not yet read.',
    },
    'synthetic/chat/second-choice-ignored': {
      fields: ['text'],
      right: 'ours',
      because: 'The second choice is another answer; the layer mixes it into the first.',
    },
    'synthetic/chat/stall-forever': {
      fields: ['failed'],
      right: 'ours',
      because: 'The stream never goes on and the layer has no time-out of its own.',
    },
    'synthetic/chat/two-spaces-after-colon': {
      fields: ['finish', 'failed'],
      right: 'ours',
      because: 'A blank before [DONE] makes the layer parse it as JSON and fail.',
    },
  },
  responses: {
    'dev/deepseek/responses-reasoning': {
      fields: ['reasoning'],
      right: 'ours',
      because: 'The reasoning comes as `reasoning_text` instead of a summary; the layer passes it over.',
    },
    'synthetic/responses/no-event-lines': {
      fields: ['finish', 'failed'],
      right: 'ours',
      because: 'Its events lack fields that the layer demands; the answer is complete without them.',
    },
    'synthetic/responses/unknown-events': {
      fields: ['finish', 'failed'],
      right: 'ours',
      because: 'Its events lack fields that the layer demands; the answer is complete without them.',
    },
    'synthetic/responses/text-only-in-done': {
      fields: ['text', 'finish', 'failed'],
      right: 'ours',
      because: 'The text comes with `output_text.done` alone, without a delta before it. The layer reads deltas only.',
    },
    'synthetic/responses/refusal': {
      fields: ['text', 'finish', 'failed'],
      right: 'ours',
      because: 'The layer knows no refusal deltas: the model declined in words, and a person sees nothing.',
    },
  },
  anthropic: {
    'dev/anthropic/compaction-cache': {
      fields: ['text', 'inputTokens', 'outputTokens'],
      right: 'ours',
      because:
        'A summary for the vendor’s own use stands before the answer. The layer shows it as text, and counts its tokens.',
    },
    'dev/anthropic/tool-haiku45': {
      fields: ['tools'],
      right: 'either',
      because: 'A call without arguments: empty text, or the empty object that it means.',
    },
    'synthetic/anthropic/unknown-events': {
      fields: lost,
      right: 'ours',
      because: 'An event type that is new ends the whole answer for the layer.',
    },
    'synthetic/anthropic/eof-without-message-stop': {
      fields: ['finish', 'inputTokens', 'outputTokens', 'failed'],
      right: 'ours',
      because: 'The stream just stops. For the layer that is an answer.',
    },
  },
  gemini: {
    'dev/gemini/grounding-search': toolPrompt,
    'dev/gemini/webfetch': toolPrompt,
    'dev/gemini/error-midstream-raw-json': {
      fields: ['finish', 'failed'],
      right: 'ours',
      because: 'The error stands in the stream as bare JSON lines, which the event-stream rules pass over.',
    },
    'synthetic/gemini/empty-stream': {
      fields: ['finish', 'failed'],
      right: 'ours',
      because: 'Nothing came at all. For the layer that is an answer.',
    },
  },
  ollama: {},
}
