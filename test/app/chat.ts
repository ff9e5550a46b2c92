import { createParser } from 'eventsource-parser'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { CancelReceipt } from '#protocol/api/generations.ts'
import type { MessagePage, Sent } from '#protocol/api/messages.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'

export interface Asked {
  conversationId: string
  messageId: string
  generationId: string
}

/** Asks one question in a new conversation, as a program would. */
export async function ask(baseUrl: string, text: string, model: string, options: object = {}): Promise<Asked> {
  const conversation = await post<ConversationView>(`${baseUrl}/api/v1/conversations`, {})
  const sent = await post<Sent>(`${baseUrl}/api/v1/conversations/${conversation.id}/messages`, {
    parts: [{ type: 'text', text }],
    model,
    ...options,
  })
  const [generation] = sent.generations
  if (!generation) throw new Error('no generation was started')
  return { conversationId: conversation.id, messageId: generation.messageId, generationId: generation.id }
}

export function stopAnswer(baseUrl: string, generationId: string): Promise<CancelReceipt> {
  return post(`${baseUrl}/api/v1/generations/${generationId}/cancel`, {})
}

export async function post<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

export interface Frame {
  id: string
  event: GenerationEvent
}

/**
 * The events of one generation, read as an `EventSource` would: after a cut it comes back with the last id it saw, until
 * the end. `onFrame` sees each event once.
 */
export async function followToEnd(
  baseUrl: string,
  generationId: string,
  onFrame: (frame: Frame) => void = () => {},
): Promise<{ answer: Answer; frames: Frame[] }> {
  const frames: Frame[] = []
  let answer = emptyAnswer()
  const deadline = Date.now() + 120_000
  while (frames.at(-1)?.event.type !== 'end') {
    if (Date.now() > deadline) throw new Error(`no end in sight after ${JSON.stringify(frames.at(-1))}`)
    try {
      await readFrames(baseUrl, generationId, frames.at(-1)?.id, (frame) => {
        frames.push(frame)
        answer = fold(answer, frame.event)
        onFrame(frame)
      })
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return { answer, frames }
}

async function readFrames(
  baseUrl: string,
  generationId: string,
  after: string | undefined,
  onFrame: (frame: Frame) => void,
): Promise<void> {
  const response = await fetch(`${baseUrl}/api/v1/generations/${generationId}/events`, {
    headers: after === undefined ? {} : { 'last-event-id': after },
  })
  if (!response.ok || !response.body) throw new Error(String(response.status))
  const parser = createParser({
    onEvent({ event, id, data }) {
      if (event === undefined) onFrame({ id: id ?? '', event: JSON.parse(data) as GenerationEvent })
    },
  })
  const decoder = new TextDecoder()
  for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }))
}

/** The stored message of an answer; its `answer` is the fold of its log once it has ended. */
export async function storedAnswer(baseUrl: string, asked: Asked): Promise<Answer | null> {
  const response = await fetch(`${baseUrl}/api/v1/conversations/${asked.conversationId}/messages`)
  const page = (await response.json()) as MessagePage
  return (page.messages.find(({ id }) => id === asked.messageId)?.answer ?? null) as Answer | null
}
