/** What a model takes, as far as that differs from model to model: https://platform.claude.com/docs/en/build-with-claude */
export interface ClaudeModel {
  /**
   * - `none`: cannot think.
   * - `budget`: thinks when it is given a number of tokens.
   * - `adaptive`: thinks as much as it sees fit, within an effort; can be told not to.
   * - `always`: the same, and cannot be told not to.
   */
  thinking: 'none' | 'budget' | 'adaptive' | 'always'
  /** Thinks also where nothing is said about it. */
  thinksUnasked: boolean
  /** Refuses a thought that comes back after something else than it followed first, unless told to drop it. */
  bindsThoughts: boolean
  /** Whether temperature and top-p are taken `together`, only `one` of them, or `none`. */
  sampling: 'together' | 'one' | 'none'
  /** Can be made to call a tool. */
  forcedTools: boolean
  /** Answers in the form of a JSON schema. */
  jsonSchema: boolean
  /**
   * Tokens of an answer where nobody says how many: the API wants a number. No model of its time takes fewer, so that this is
   * no table of limits; the vendor's list of models knows those.
   */
  defaultMaxTokens: number
}

/**
 * Reads a model's name: `claude-opus-4-5-20251101`, `claude-3-7-sonnet-latest`, also with something before it. A Claude
 * newer than those known here is taken for one like the newest. Other names are models of servers that speak the protocol
 * as it once was.
 */
export function claudeModel(name: string): ClaudeModel {
  const known = readName(name.toLowerCase())
  return known ? describe(known) : OTHER
}

const OTHER: ClaudeModel = {
  thinking: 'budget',
  thinksUnasked: true,
  bindsThoughts: false,
  sampling: 'together',
  forcedTools: true,
  jsonSchema: false,
  defaultMaxTokens: 8_192,
}

interface ModelName {
  family: string
  /** 405 for 4.5. */
  version: number
}

function readName(name: string): ModelName | undefined {
  const modern = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(name)
  if (modern) return { family: modern[1] ?? '', version: toVersion(modern[2], modern[3]) }
  const early = /claude-(\d)(?:[-.](\d))?-(opus|sonnet|haiku)/.exec(name)
  if (early) return { family: early[3] ?? '', version: toVersion(early[1], early[2]) }
  if (/claude-(v?[12]\b|instant)/.test(name)) return { family: '', version: 200 }
  if (name.includes('claude-mythos')) return { family: 'mythos', version: 500 }
  return name.includes('claude') ? { family: '', version: Infinity } : undefined
}

function toVersion(major = '0', minor = '0'): number {
  return Number(major) * 100 + Number(minor)
}

function describe({ family, version }: ModelName): ClaudeModel {
  const isHaiku = family === 'haiku'
  const isTop = family === 'fable' || family === 'mythos'
  const isNewest = version >= 505 || (version >= 501 && isTop)
  const isGuarded = isNewest && !isHaiku
  const thinking = version < 307 ? 'none' : version < 406 ? 'budget' : isTop || isGuarded ? 'always' : 'adaptive'
  return {
    thinking,
    thinksUnasked: version >= 500,
    bindsThoughts: isNewest && family !== 'mythos',
    sampling: version < 401 ? 'together' : version < 407 ? 'one' : 'none',
    forcedTools: !isGuarded,
    jsonSchema: version >= 405 || (version >= 401 && family === 'opus'),
    defaultMaxTokens: version < 305 ? 4_096 : version < 307 ? 8_192 : 32_000,
  }
}
