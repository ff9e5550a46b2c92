import type { FailureKind } from '#protocol/provider-error.ts'

/** What went wrong and what to do about it, for every kind of failure that can end an answer. */
export const failureWords = {
  auth: ['The provider refused the API key', 'Check the key in the server’s settings, then retry.'],
  permission: ['The key may not use this model', 'Pick another model, or ask the provider for access.'],
  'model-not-found': ['The provider does not know this model', 'Pick another model and retry.'],
  'rate-limit': ['The provider’s rate limit was reached', 'Wait a moment and retry, or pick another model.'],
  quota: ['The provider’s quota is used up', 'Check the plan and billing there, or pick another model.'],
  'context-length': ['The conversation is too long for this model', 'Pick one with more context, or start a new chat.'],
  'bad-request': ['The provider rejected the request', 'Change the question or pick another model.'],
  overloaded: ['The provider is overloaded', 'Retry in a moment, or pick another model.'],
  server: ['The provider had an error of its own', 'Retry, or pick another model.'],
  network: ['The provider could not be reached', 'Check its address and the network, then retry.'],
  timeout: ['The provider stayed silent for too long', 'Retry, or pick another model.'],
  'bad-response': ['The provider sent something unreadable', 'Check that its address is right, then retry.'],
  cancelled: ['The provider cancelled the answer', 'Retry when you like.'],
  incomplete: ['The provider broke off in the middle', 'What came is kept. Continue from it, or retry.'],
  'worker-lost': ['The worker was lost again and again', 'The longest text is kept. Continue from it, or retry.'],
  internal: ['Something went wrong inside the server', 'Retry; its log says more.'],
} as const satisfies Record<FailureKind, readonly [what: string, advice: string]>
