import { createCssVariablesTheme, createHighlighterCore } from 'shiki/core'
import type { GrammarState } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import { TOKEN_KINDS } from './highlight-messages.ts'
import type { HighlightReply, HighlightRequest, LineRuns, MoreLines } from './highlight-messages.ts'
import { loadLanguage } from './languages.ts'

/*
 * Colours code in a thread of its own: the first line of a grammar can take the JavaScript engine a second. The engine
 * in WebAssembly would be quicker and is not allowed by the page's Content-Security-Policy.
 */
interface Session {
  /** The work so far; the next lines wait for it. */
  done: Promise<void>
  state: GrammarState | undefined
}

const PREFIX = '--token-'
const THEME = createCssVariablesTheme({ name: 'kinds', variablePrefix: '--', fontStyle: false })
const LINES_PER_REPLY = 32
/** A minified line would hold up everything else. */
const MAX_LINE_LENGTH = 2_000

const sessions = new Map<number, Session>()
const highlighter = createHighlighterCore({
  themes: [THEME],
  langs: [],
  engine: createJavaScriptRegexEngine({ forgiving: true }),
})

self.addEventListener('message', ({ data: request }: MessageEvent<HighlightRequest>) => {
  if ('ended' in request) {
    sessions.delete(request.session)
    return
  }
  const session = sessions.get(request.session) ?? { done: Promise.resolve(), state: undefined }
  sessions.set(request.session, session)
  session.done = session.done.then(() => colour(request, session)).catch(() => undefined)
})

async function colour({ session: id, language, lines }: MoreLines, session: Session) {
  const { codeToTokensBase, getLastGrammarState, loadLanguage: register } = await highlighter
  const grammar = await loadLanguage(language)
  if (!grammar) return
  await register(grammar)
  const name = grammar.at(-1)!.name
  const all = lines.replace(/\n$/, '').split('\n')
  for (let from = 0; from < all.length && sessions.has(id); from += LINES_PER_REPLY) {
    const tokens = codeToTokensBase(all.slice(from, from + LINES_PER_REPLY).join('\n'), {
      lang: name,
      theme: THEME,
      tokenizeMaxLineLength: MAX_LINE_LENGTH,
      ...(session.state && { grammarState: session.state }),
    })
    session.state = getLastGrammarState(tokens)
    const reply: HighlightReply = { session: id, runs: tokens.map(toRuns) }
    self.postMessage(reply)
    // Other listings get their turn.
    await Promise.resolve()
  }
}

function toRuns(tokens: readonly { content: string; color?: string }[]): LineRuns {
  return tokens.flatMap(({ content, color }) => [content.length, kindOf(color)])
}

function kindOf(color = ''): number {
  const start = color.indexOf(PREFIX)
  if (start < 0) return 0
  const name = color.slice(start + PREFIX.length, -1)
  return Math.max(0, (TOKEN_KINDS as readonly string[]).indexOf(name))
}
