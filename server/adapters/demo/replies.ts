/** What the demo model knows to say, as data: a reply is a row of blocks, and each block a choice of wordings. */
export interface Reply {
  thinking: readonly Block[]
  text: readonly Block[]
}

/** Exactly one of the wordings is taken. `{words}` stands for some of the person's own. */
type Block = readonly [string, ...string[]]

export const GREETING: Reply = {
  thinking: [
    ['Someone says hello. ', 'A greeting. '],
    ['I should answer in kind, say plainly that I am only a demonstration, and show what there is to try.'],
  ],
  text: [
    ['Hello! Good to see you here.\n\n', 'Hi there, and welcome.\n\n', 'Hey! Nice that you stopped by.\n\n'],
    [
      'I am the **demo model** built into this server. My answers were written beforehand, so you can try everything without an API key.\n\n',
      'I am this server’s **demo model**: no real model is behind me, and no API key is needed to try everything out.\n\n',
    ],
    [
      `Some words that I know:

| Write | and I will |
| --- | --- |
| \`explain\` | explain how workers keep the server responsive |
| \`streaming\` | describe how an answer reaches your screen |
| \`code\` | write a snippet, with colours and a copy button |

`,
    ],
    [
      'Try reloading the page while I write: nothing will be missing.',
      'Open a second tab while I write: both will show the same words.',
      'Press **Stop** at any moment: what I wrote until then is kept.',
    ],
  ],
}

export const EXPLAIN: Reply = {
  thinking: [
    ['They want to know how this server stays responsive. ', 'The question is about workers. '],
    ['The point is the separation: requests in one process, models in another, the log between them. '],
    ['A table will show who does what, then a short list of what follows from it.'],
  ],
  text: [
    ['## How workers keep the server responsive\n\n'],
    [
      'Talking to a model is slow work: one answer may take a minute, and hundreds are written at once. So the process that answers your browser never does it.\n\n',
      'A model may think for a minute before it has said all. If the process that answers your browser waited with it, everyone else would wait too. So it never does.\n\n',
    ],
    [
      `| Process | Its one concern |
| --- | --- |
| **API** | takes requests, queues a generation, answers at once |
| **Worker** | claims generations and talks to models, many at a time |
| **Supervisor** | starts both and replaces whichever dies |

`,
    ],
    [
      `What lies between them is a **log**. A worker appends each piece of an answer to it, and whoever reads the answer reads it from there. Three things follow:

1. *A busy model slows nobody.* The API only reads and passes on.
2. *A lost connection loses nothing.* You come back and go on reading where you were.
3. *A lost worker is not the end.* Another one claims the generation and begins a new attempt, and you are told so.

`,
    ],
    [
      'You can see it happen even now, although I am only the **demo model** and my words were written beforehand: they came through a worker and the log like any other answer.',
      'This very text took that way, although no real model wrote it: I am the built-in **demo model**, and my answers are prepared.',
    ],
  ],
}

export const STREAMING: Reply = {
  thinking: [
    ['They ask about streaming. ', 'The word is “streaming”. '],
    ['I will follow one token from the model to the screen, step by step, and show what it looks like on the wire.'],
  ],
  text: [
    ['## How streaming works\n\n'],
    [
      'A model writes its answer a few letters at a time. Follow one such **token** on its way to you:\n\n',
      'Instead of waiting for the whole answer, you see each **token** as soon as it exists. This is its way:\n\n',
    ],
    [
      `1. The model sends the token to a **worker**.
2. The worker appends it to the answer’s **log**, where it gets a number of its own.
3. The **API** reads the log and sends the token to everyone who follows the answer.
4. Your page adds it to the text, with the formatting already in place.

On the wire it is a *server-sent event*, plain text that \`curl -N\` can show:

\`\`\`text
id: 1-42
data: {"type":"text-delta","text":" token"}
\`\`\`

> The \`id\` is a bookmark. When the connection drops, the browser sends it back, and the stream goes on right after it: no word twice, no word missing.

`,
    ],
    [
      'I am only the **demo model**, so these words were written beforehand, but they reached you in just this way.',
      'No real model wrote this, I am the **demo model**; the stream that carried it is quite real.',
    ],
  ],
}

export const CODE: Reply = {
  thinking: [
    ['They would like to see code. ', 'A snippet, then. '],
    [
      'Something short that can be used right here: following an answer of this server. TypeScript, typed, with resuming for free.',
    ],
  ],
  text: [
    [
      'Here is a small function in TypeScript that follows an answer of this server:\n\n',
      'Let me show you how little it takes to follow an answer, in TypeScript:\n\n',
    ],
    [
      `\`\`\`typescript
interface StreamEvent {
  type: string
  text?: string
}

/** Calls \`write\` with each piece of an answer; resolves when the answer has ended. */
export function followAnswer(generationId: string, write: (text: string) => void): Promise<void> {
  const source = new EventSource(\`/api/v1/generations/\${generationId}/events\`)
  return new Promise((resolve) => {
    source.onmessage = ({ data }) => {
      const event: StreamEvent = JSON.parse(data)
      if (event.type === 'text-delta') write(event.text ?? '')
      if (event.type !== 'end') return
      source.close()
      resolve()
    }
  })
}
\`\`\`

`,
    ],
    [
      `Three things to notice:

- There is **no retry logic**: \`EventSource\` reconnects by itself and sends the last \`id\` it saw.
- It may be called twice, in two tabs, for the same answer.
- The promise resolves on the \`end\` event, never on a dropped connection.

`,
    ],
    [
      'I should add that I am the **demo model**: I always know this snippet, but I cannot write another one.',
      'A real model would now fit it to your case; I am only the **demo model** with a prepared answer.',
    ],
  ],
}

export const THOUGHTFUL: Reply = {
  thinking: [
    ['The message speaks of {words}. ', 'So this is about {words}. '],
    ['I know nothing about it: I am a demonstration with prepared answers. '],
    ['What I can do is say so, offer a way to approach the question, and point to what I do know.'],
  ],
  text: [
    [
      'You wrote about **{words}**, and that deserves a real answer. ',
      '**{words}**: a subject worth some thought. ',
      'I have been turning **{words}** over for a moment. ',
    ],
    [
      'I am only the built-in **demo model**, so I will not pretend to have one. But I can suggest a way to approach it:\n\n',
      'Being the **demo model**, I only have prepared words. Here is how I would begin if I could think:\n\n',
    ],
    [
      `1. **Say what you already know.** What is certain, and what do you only suppose?
2. **Name what would change your mind.** A question without a possible surprise is rarely worth asking.
3. **Find the smallest step** that would tell you more.

`,
      `- What would a *good* outcome look like, in one sentence?
- Which part of it is in your hands, and which is not?
- Whom could you ask who has been there before?

`,
    ],
    [
      'For an answer about the matter itself choose a real model in the list above; any server that speaks OpenAI’s protocol will do. Or write `explain`, `streaming` or `code`: about those I have more to say.',
      'When you want more than that, connect a real model: an API key or a local server is enough. Until then I can tell you about `streaming`, show some `code`, or `explain` how this server works.',
    ],
  ],
}
