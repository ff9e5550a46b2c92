import { mockMessage, mockModel, type MockAnswer } from './mock-model.ts'

export type TargetKind = 'floor' | 'ours'

/** How a target is asked for a stream, and how its frames are read. */
export interface WireFormat {
  /** `conversationId` is undefined where the target knows none. */
  request(answer: MockAnswer, conversationId: string | undefined): { path: string; body: string }
  /** The tokens in a frame, as raw JSON text: they hold nothing that JSON escapes. */
  text(frame: string): string
  /** Set on the last frame. */
  ending(frame: string): 'completed' | 'failed' | undefined
}

/** The upstream's own format, passed through. */
const chatCompletions: WireFormat = {
  request(answer) {
    const messages = [{ role: 'user', content: mockMessage(answer) }]
    return { path: '/v1/chat/completions', body: JSON.stringify({ model: mockModel(answer), stream: true, messages }) }
  },
  text: (frame) => stringAfter('"content":"', frame),
  ending: (frame) => (frame.startsWith('data: [DONE]') ? 'completed' : undefined),
}

/**
 * Our own API. The send goes on as the stream: one request instead of a send and a follow, which is cheaper for both
 * sides and how a program would do it.
 */
const native: WireFormat = {
  request(answer, conversationId) {
    const parts = [{ type: 'text', text: mockMessage(answer) }]
    return {
      path: `/api/v1/conversations/${conversationId}/messages`,
      body: JSON.stringify({ parts, model: `openai/${mockModel(answer)}` }),
    }
  },
  text: (frame) => (frame.includes('"type":"text-delta"') ? stringAfter('"text":"', frame) : ''),
  ending(frame) {
    if (!frame.includes('"type":"end"')) return undefined
    return frame.includes('"status":"completed"') ? 'completed' : 'failed'
  },
}

export const WIRE_FORMATS: Record<TargetKind, WireFormat> = { floor: chatCompletions, ours: native }

function stringAfter(key: string, frame: string): string {
  const start = frame.indexOf(key)
  return start < 0 ? '' : frame.slice(start + key.length, frame.indexOf('"', start + key.length))
}
