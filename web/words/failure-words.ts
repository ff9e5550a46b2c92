import type { FailureKind } from '#protocol/provider-error.ts'

type Words = readonly [what: string, advice: string]

/** What went wrong and what to do about it, for every kind of failure that can end an answer. */
export const failureWords = {
  auth: ['The provider refused the API key', 'Check the key, yours or the server’s, then retry.'],
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
} as const satisfies Record<FailureKind, Words>

const KEPT = 'What came is kept. Continue from it, or retry.'

/** The same in the middle of an answer, where it is another matter. */
export const midwayWords: Partial<Record<FailureKind, Words>> = {
  overloaded: ['The provider broke off: it is overloaded', KEPT],
  server: ['The provider broke off with an error of its own', KEPT],
  network: ['The connection to the provider broke', KEPT],
  timeout: ['The provider fell silent in the middle', KEPT],
  'bad-response': [
    'The provider sent something unreadable in the middle',
    'What came is kept. Retry, or pick another model.',
  ],
}

/** Where nobody was asked at all. */
export const notAskedWords = {
  noKey: ['There is no key that this provider can be asked with', 'Enter one, or pick another model.'],
  circuitOpen: [
    'The provider failed again and again',
    'It is left alone for a moment. Retry then, or pick another model.',
  ],
} as const satisfies Record<string, Words>

/** Why another model answers than the one that was asked for. */
export const switchReasons: Partial<Record<string, (model: string) => string>> = {
  auth: (model) => `the key for ${model} was refused`,
  permission: (model) => `the key may not use ${model}`,
  'model-not-found': (model) => `its provider does not know ${model}`,
  'rate-limit': (model) => `${model} is rate-limited`,
  quota: (model) => `the quota for ${model} is used up`,
  'context-length': (model) => `the conversation is too long for ${model}`,
  overloaded: (model) => `${model} is overloaded`,
  server: (model) => `the provider of ${model} had an error`,
  network: (model) => `the provider of ${model} could not be reached`,
  timeout: (model) => `${model} stayed silent for too long`,
  'bad-response': (model) => `the provider of ${model} sent something unreadable`,
  incomplete: (model) => `${model} broke off before its first word`,
}

/** What can be left out of a request, by its name in the API. */
export const parameterNames: Partial<Record<string, string>> = {
  systemPrompt: 'system prompt',
  temperature: 'temperature',
  topP: 'top-p',
  maxOutputTokens: 'length limit',
  stop: 'stop sequences',
  seed: 'seed',
  thinking: 'the choice to think or not',
  reasoningEffort: 'reasoning effort',
  reasoningBudget: 'reasoning budget',
  responseFormat: 'response format',
  tools: 'tools',
  toolChoice: 'choice of tool',
  cachePrompt: 'prompt caching',
  images: 'images',
}
