export interface OtherTabs {
  /** Tells the other tabs of this browser that a conversation changed. */
  tell: (conversationId: string) => void
}

/** Lets a message sent in one tab appear in the others at once, instead of at their next look. */
export function createOtherTabs(onChange: (conversationId: string) => void): OtherTabs {
  if (typeof BroadcastChannel === 'undefined') return { tell: () => undefined }
  const channel = new BroadcastChannel('millrace')
  channel.addEventListener('message', (message: MessageEvent<unknown>) => {
    if (typeof message.data === 'string') onChange(message.data)
  })
  return { tell: (conversationId) => channel.postMessage(conversationId) }
}
