import type { ClientErrorCode } from '#client/client-error.ts'

const SPECIFIC: Partial<Record<ClientErrorCode, string>> = {
  network: 'The server could not be reached.',
  timeout: 'The server did not answer in time.',
  'bad-response': 'Something between this page and the server answered in its place.',
  'unknown-model': 'The server does not know this model. Pick another one.',
  'message-too-long': 'The message is too long. Shorten it.',
  'body-too-large': 'The message is too large. Shorten it.',
  'empty-message': 'The message is empty.',
  'unknown-conversation': 'This conversation no longer exists.',
  'unknown-parent': 'The message before this one no longer exists.',
  'parent-not-answered': 'The answer before is still being written. Wait for it, or stop it.',
  'unknown-message': 'The message no longer exists.',
  'unknown-queued-turn': 'This question no longer waits.',
  'turn-sent': 'It was sent already.',
  'turn-withdrawn': 'It was withdrawn meanwhile.',
  'turn-changed': 'It was edited elsewhere meanwhile.',
  'queue-full': 'Too many questions wait here already.',
  'queue-needs-choice': 'Choose one of the answers to go on from first.',
  'too-many-requests': 'Too many requests at once. Wait a moment.',
  unavailable: 'The server is busy. Try again in a moment.',
  internal: 'Something went wrong inside the server.',
}

/** The sentence for a refused or lost request; for rare codes the server's own advice stands in. */
export function problemWords(code: ClientErrorCode, detail: string | undefined): string {
  return SPECIFIC[code] ?? detail ?? 'The server refused the request.'
}
