import { expect, test } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { MessagePart } from '#protocol/messages.ts'
import type { BranchMessage } from '#server/domain/generation.ts'
import { createAnswerPipeline } from '#server/pipeline/answer-pipeline.ts'
import { createBodyDecoder } from '#server/upstream/body-decoder.ts'
import { createRedact } from '#server/upstream/redact.ts'
import { createAnthropicAnswer } from './anthropic-answer.ts'
import { toAnthropicRequest } from './anthropic-request.ts'
import { block, stream, textBlock, thinkingBlock, toolBlock } from './anthropic-stream.fixture.ts'

const redact = createRedact(undefined)
const QUESTION: BranchMessage = {
  role: 'user',
  parts: [{ type: 'text', text: 'What is the weather in Paris and Rome?' }],
}

test('an answer that thought and called tools goes back with its results as it came', () => {
  const parts = stored(
    stream(
      [
        thinkingBlock(0, 'Two cities,\n two calls. \u{1F600}', 'EqQB+/signature=='),
        block(1, { type: 'redacted_thinking', data: 'EmwK+/hidden==' }),
        textBlock(2, 'I look', ' at both.'),
        toolBlock(3, 'toolu_01', 'weather', '', '{"city": "Pa', 'ris"}'),
        thinkingBlock(4, '', 'EqQC+/omitted=='),
        toolBlock(5, 'toolu_02', 'weather', ''),
      ],
      'tool_use',
    ),
  )
  const results: BranchMessage = {
    role: 'tool',
    parts: [
      { type: 'tool-result', toolCallId: 'toolu_01', content: '21 degrees' },
      { type: 'tool-result', toolCallId: 'toolu_02', content: 'No city.', isError: true },
    ],
  }
  expect(sentBack(parts, results)).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'What is the weather in Paris and Rome?' }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Two cities,\n two calls. \u{1F600}', signature: 'EqQB+/signature==' },
        { type: 'redacted_thinking', data: 'EmwK+/hidden==' },
        { type: 'text', text: 'I look at both.' },
        { type: 'tool_use', id: 'toolu_01', name: 'weather', input: { city: 'Paris' } },
        { type: 'thinking', thinking: '', signature: 'EqQC+/omitted==' },
        { type: 'tool_use', id: 'toolu_02', name: 'weather', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_01', content: '21 degrees' },
        { type: 'tool_result', tool_use_id: 'toolu_02', content: 'No city.', is_error: true },
      ],
    },
  ])
})

test('an answer that broke off while it thought is not sent back', () => {
  const whole = stream([thinkingBlock(0, 'Hm', 'S')])
  const parts = stored(whole.slice(0, whole.indexOf('event: content_block_stop')))
  expect(parts).toMatchObject([{ type: 'reasoning', text: 'Hm' }])
  expect(sentBack(parts, QUESTION)).toEqual([
    {
      role: 'user',
      content: [...Array(2)].map(() => ({ type: 'text', text: 'What is the weather in Paris and Rome?' })),
    },
  ])
})

/** The parts that a stored answer has of these bytes, on the way that every answer takes. */
function stored(body: string): MessagePart[] {
  const decoder = createBodyDecoder({ framing: 'sse', answer: createAnthropicAnswer(redact), redact })
  const pipeline = createAnswerPipeline()
  const bytes = Buffer.from(body)
  const events = Array.from(bytes, (byte) => pipeline.push(decoder.push(Buffer.of(byte)))).flat()
  const all = [...events, ...pipeline.push(decoder.end()), ...pipeline.end()]
  let answer = emptyAnswer()
  for (const event of all) {
    if (event.type !== 'finish' && event.type !== 'error') answer = fold(answer, { ...event, at: 0 } as GenerationEvent)
  }
  return answer.parts
}

function sentBack(parts: MessagePart[], after: BranchMessage): unknown {
  return toAnthropicRequest({
    model: 'claude-opus-5-5',
    systemPrompt: undefined,
    messages: [QUESTION, { role: 'assistant', parts }, after],
    parameters: {},
    generationId: 'g',
  }).body.messages
}
