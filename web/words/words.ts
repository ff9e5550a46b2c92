import { failureWords, midwayWords, notAskedWords, parameterNames, switchReasons } from './failure-words.ts'
import { count, seconds } from './format.ts'
import { problemWords } from './problem-words.ts'
import { queueWords } from './queue-words.ts'
import { attemptWords, pauseWords, stateWords } from './state-words.ts'

/** Every sentence that the page says. Parameters come in as plain values; nothing here knows a component. */
export const words = {
  product: 'Millrace',
  untitled: 'Untitled conversation',

  /** What stands in the tab of the browser: the marks are what one looks for from another tab. */
  documentTitle: (title: string | undefined, { unread, writing }: { unread: number; writing: boolean }) =>
    `${unread > 0 ? `(${count(unread)}) ` : ''}${writing ? '… ' : ''}${title === undefined ? '' : `${title} · `}Millrace`,

  nav: {
    newChat: 'New chat',
    open: 'Open conversations',
    conversations: 'Conversations',
    noneYet: 'Conversations appear here as soon as you ask something.',
    older: 'Show older',
    listFailed: 'The list could not be loaded.',
    tryAgain: 'Try again',
    menuOf: (title: string) => `Options for ${title}`,
    rename: 'Rename',
    renameLabel: 'Name of the conversation',
    delete: 'Delete',
    deleted: (title: string) => `Deleted “${title}”`,
    deleteFailed: 'The conversation could not be deleted.',
    renameFailed: 'The new name could not be saved.',
    undo: 'Undo',
    dismiss: 'Dismiss',
    running: 'An answer is being written',
    unread: 'New answer',
    queued: (turns: number) => (turns === 1 ? '1 question waits' : `${count(turns)} questions wait`),
    restoreFailed: 'The conversation could not be restored.',
    restore: 'Restore',
  },

  dates: {
    today: 'Today',
    yesterday: 'Yesterday',
    week: 'Previous 7 days',
    month: 'Previous 30 days',
  },

  theme: {
    label: (choice: string) => `Appearance: ${choice}. Change`,
    system: 'System',
    light: 'Light',
    dark: 'Dark',
  },

  models: {
    label: 'Model',
    choose: 'Choose a model',
    search: 'Find a model',
    none: 'No model matches.',
    loading: 'Models…',
    local: 'On this machine',
    remote: 'Remote',
    demo: 'Demonstration',
    simulated: 'simulated',
    unlisted: 'Not in the list',
    context: (tokens: number) => `${count(Math.round(tokens / 1000))}k context`,
    down: (name: string) => `${name} cannot be reached`,
    unusable: (name: string) => `${name} cannot be used yet`,
    pending: (name: string) => `${name} is being asked for its models`,
  },

  composer: {
    label: 'Your question',
    placeholder: 'Ask anything',
    followUp: 'Ask a follow-up',
    send: 'Send',
    queue: 'Send as soon as the answer is complete',
    stop: 'Stop',
    stopHint: 'Stop (Esc)',
    thinking: 'Thinking',
    thinkingOn: 'The model thinks before it answers. Turn off',
    thinkingOff: 'Let the model think before it answers',
    aside: 'Another tab had a different draft here.',
    swap: 'Show it',
    dropAside: 'Discard it',
  },

  queue: queueWords,

  empty: {
    title: 'Ask. The answer will keep.',
    lesson:
      'Close the tab, lose the network, restart the server: an answer goes on being written, and is here, whole, when you come back.',
    demoTitle: 'You are talking to the demo model.',
    demo: 'It is a simulation: it answers by keyword from a script, and nothing it says comes from a real model.',
    demoTry: 'Words it knows',
    demoWords: ['hello', 'explain', 'streaming', 'code'],
    connect: 'To talk to a real model, run one of these. A model on this machine appears by itself.',
    connectLocal: 'A model on this machine',
    connectLocalCommand: 'ollama run llama3.2',
    connectRemote: 'A hosted model',
    connectRemoteCommand: 'OPENAI_API_KEY=… npm start',
    copyCommand: 'Copy command',
  },

  thread: {
    label: 'Conversation',
    question: 'You asked',
    answer: (model: string) => `Answer from ${model}`,
    earlier: (turns: number) => (turns === 1 ? 'Show the turn before' : `Show ${count(turns)} earlier turns`),
    jump: 'Jump to latest',
    loading: 'Loading the conversation',
    missing: 'There is no such conversation.',
    missingHint: 'It may have been deleted. Your other conversations are in the list.',
    deleted: 'This conversation was deleted.',
    deletedHint: 'In another tab or on another device. What you had typed here is kept with it.',
    loadFailed: 'The conversation could not be loaded.',
    showAll: 'Show all',
    showLess: 'Show less',
  },

  question: {
    edit: 'Edit question',
    image: 'Image',
    toolResult: 'What a tool has said',
    toolFailed: 'A tool has failed',
    editLabel: 'Edit your question',
    cancel: 'Cancel',
    ask: 'Ask again',
    movedOn: 'Elsewhere this conversation went on in another version. It is shown when you are done.',
    sending: 'Sending',
    failed: 'Not sent.',
    retry: 'Retry',
    editFailed: 'Edit',
  },

  answer: {
    copy: 'Copy answer',
    copied: 'Copied',
    copyFailed: 'The browser did not allow copying.',
    retry: 'Retry',
    retryWith: (model: string) => `Retry with ${model}`,
    retryOther: 'Another model',
    retryOtherHint: 'Retry with another model',
    switchModel: 'Switch model',
    switchModelHint: 'Stop waiting and ask another model',
    switchFailed: 'The other model could not be asked. This one goes on.',
    continue: 'Continue',
    continueHint: 'Ask the model to go on from what it has written',
    continueQuestion: 'Continue from where you stopped.',
    recovery: 'What you can do',
    retryFailed: 'The question could not be asked again.',
    previous: 'Previous version',
    next: 'Next version',
    version: (place: number, total: number) => `${place}/${total}`,
    versionLabel: (place: number, total: number) => `Version ${place} of ${total}`,
    stopFailed: 'Stop did not reach the server. The answer goes on.',
    sources: 'Sources',
    leftOut: (parameters: string) => `Not taken by this model and left out: ${parameters}`,
    toolCall: (name: string) => `Wants to call ${name}`,
    broken: 'This part of the page failed. The answer itself is safe on the server.',
    reload: 'Reload',
  },

  thinking: {
    now: 'Thinking',
    done: (ms: number) => `Thought for ${seconds(ms)}`,
    doneUntimed: 'Thought about it',
  },

  attempt: attemptWords,
  state: stateWords,
  pause: pauseWords,

  connection: {
    offline: 'You are offline. Answers go on and catch up here.',
    unreachable: 'The server cannot be reached. Reconnecting.',
  },

  failure: failureWords,
  midway: midwayWords,
  notAsked: notAskedWords,
  switchReasons,
  parameterNames,
  problem: problemWords,
} as const
