import { count, countdown, elapsed, ordinal, rate, seconds, timeOfDay } from './format.ts'

const tokens = (value: number) => (value === 1 ? '1 token' : `${count(value)} tokens`)

function spent(input: number | undefined, output: number | undefined): string {
  if (input === undefined) return `${tokens(output ?? 0)} out`
  if (output === undefined) return `${tokens(input)} in`
  return `${tokens(input)} in, ${count(output)} out`
}

/** What an answer says of itself, in the small voice under it. */
export const stateWords = {
  queued: 'Queued',
  queuedNext: 'Queued, next in line',
  queuedAt: (place: number) => `Queued, ${ordinal(place)} in line`,
  starting: 'Starting',
  connecting: (model: string) => (model === '' ? 'Connecting' : `Connecting to ${model}`),
  firstWord: (ms: number) => `Waiting for the first word for ${elapsed(ms)}`,
  thinking: 'Thinking',
  thinkingFor: (ms: number) => (ms < 1000 ? 'Thinking' : `Thinking for ${elapsed(ms)}`),
  writing: 'Writing',
  stalled: (ms: number) => `Stalled for ${elapsed(ms)}`,
  recovering: (attempt: number) => `The worker was lost, starting attempt ${attempt}`,
  recoveringFor: (ms: number) => `no worker has taken it up for ${elapsed(ms)}`,
  resuming: 'Resuming where it broke off',
  stopping: 'Stopping',
  reconnecting: 'Connection lost. The answer goes on without this page; reconnecting',
  waiting: (why: string, ms: number, wholeMs: number) =>
    ms > 0 ? `${why}, trying again in ${countdown(ms, wholeMs)}` : `${why}, trying again now`,
  try: (number: number) => `try ${number}`,
  rateLimited: 'Rate-limited',
  overloaded: 'The provider is overloaded',
  unreachable: 'The provider cannot be reached',
  troubled: 'The provider reported an error',
  leftAlone: 'The provider failed again and again',
  stoppedByYou: 'Stopped by you',
  stoppedLeft: 'Stopped, because its reader left',
  stoppedShutdown: 'Stopped, because the server shut down',
  written: (pieces: number) => `${tokens(pieces)} written`,
  neverAsked: 'no model was asked',
  upstreamClosed: (at: number) => `model disconnected at ${timeOfDay(at)}`,
  beforeFirstWord: 'before the first word',
  complete: 'Answer complete',
  cutAtLength: 'Cut off at the length limit',
  filtered: 'Ended by the provider’s content filter',
  paused: 'The model paused here',
  wantsTool: 'The model asked for a tool',
  simulated: 'Simulated by the demo model',
  demoModel: 'the demo model',
  firstToken: (ms: number) => `${seconds(ms)} to first token`,
  rate: (perSecond: number) => `${rate(perSecond)} tokens/s`,
  tokens: spent,
  billed: (input: number | undefined, output: number | undefined) => `${spent(input, output)}, as billed`,
  switched: (to: string, why: string) => `Switched to ${to} because ${why}`,
  switchedFor: (from: string, to: string, reason: string) =>
    reason === '' ? `Switched from ${from} to ${to}` : `Switched from ${from} to ${to}: ${reason}`,
  unfollowable: 'This answer can no longer be followed. Reload the page to see what was kept.',
  nothingKept: 'Nothing had been written. Retry.',
  providerSays: 'The provider says',
  inDetail: 'In detail',
  details: 'Details',
  hideDetails: 'Hide details',
} as const

/** How an answer speaks while its text is held, and which of the verbs does what: Pause holds the text, Stop the model. */
export const pauseWords = {
  pause: 'Pause',
  pauseHint: 'Pause: the text is held, the model goes on (Alt+P)',
  resume: 'Resume',
  resumeHint: 'Show the rest (Alt+P)',
  paused: 'Paused',
  waiting: (value: number) => `${tokens(value)} waiting`,
  goesOn: 'the model goes on',
  complete: 'the answer is complete',
  failed: 'the answer failed',
  anew: (attempt: number) => `attempt ${attempt} has begun anew`,
  shownWhole: 'but shown whole here',
  heldWhileRunning: 'The text is held here. The model goes on; Stop ends it.',
  heldAfterEnd: 'The text is held here. The rest is ready.',
  heldElsewhere: 'The text is held on your other pages.',
  pauseFailed: 'Pause did not reach the server. The text goes on.',
  resumeFailed: 'Resume did not reach the server. Try again.',
} as const

/** How an answer speaks of its attempts: above it where text was superseded, in its facts where none was. */
export const attemptWords = {
  lost: (attempt: number) => `Attempt ${attempt} — the worker was lost`,
  drained: (attempt: number) => `Attempt ${attempt} — handed over when the server restarted`,
  unknown: (attempt: number) => `Attempt ${attempt} — the one before broke off`,
  kept: (attempt: number, total: number) => `Kept the text of attempt ${attempt}, the longest of ${total}`,
  factOnly: (attempt: number) => `attempt ${attempt}`,
  factLost: (attempt: number) => `attempt ${attempt}, the worker was lost`,
  factDrained: (attempt: number) => `attempt ${attempt}, handed over`,
  factResumed: (attempt: number) => `attempt ${attempt}, resumed`,
  open: (total: number) => (total === 1 ? 'Show the earlier text' : `Show ${total} earlier texts`),
  openOther: (total: number) => (total === 1 ? 'Show the other text' : `Show ${total} other texts`),
  close: (total: number) => (total === 1 ? 'Hide it' : 'Hide them'),
  title: (attempt: number) => `Text of attempt ${attempt}, superseded`,
  titleOther: (attempt: number) => `Text of attempt ${attempt}`,
  onlyThought: 'It was still thinking:',
} as const
