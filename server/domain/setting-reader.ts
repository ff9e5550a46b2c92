export type Environment = Record<string, string | undefined>

/** Reads single settings and collects what is wrong with them, one readable sentence each. */
export interface SettingReader {
  text(name: string, otherwise: string): string
  optional(name: string): string | undefined
  integer(name: string, otherwise: number, range: { min: number; max: number }): number
  flag(name: string, otherwise: boolean): boolean
  list(name: string): string[]
  choice<T extends string>(name: string, otherwise: T, choices: readonly T[]): T
  url(name: string): string | undefined
  problem(sentence: string): void
  readonly problems: string[]
}

/** An empty value counts as unset, so that a line like `OPENAI_API_KEY=` in `.env` changes nothing. */
export function createSettingReader(environment: Environment): SettingReader {
  const problems: string[] = []
  const problem = (sentence: string) => void problems.push(sentence)
  const optional = (name: string): string | undefined => environment[name]?.trim() || undefined

  return {
    problems,
    problem,
    optional,
    text: (name, otherwise) => optional(name) ?? otherwise,
    list: (name) =>
      (optional(name) ?? '')
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    integer(name, otherwise, { min, max }) {
      const value = optional(name)
      if (value === undefined) return otherwise
      const number = Number(value)
      if (/^\d+$/.test(value) && number >= min && number <= max) return number
      problem(`${name}=${value} is not a whole number from ${min} to ${max}.`)
      return otherwise
    },
    flag(name, otherwise) {
      const value = optional(name)?.toLowerCase()
      if (value === undefined) return otherwise
      if (['1', 'true', 'yes', 'on'].includes(value)) return true
      if (['0', 'false', 'no', 'off'].includes(value)) return false
      problem(`${name}=${value} is neither 1 nor 0.`)
      return otherwise
    },
    choice(name, otherwise, choices) {
      const value = optional(name)
      if (value === undefined) return otherwise
      const found = choices.find((choice) => choice === value)
      if (found === undefined) problem(`${name}=${value} is not one of ${choices.join(', ')}.`)
      return found ?? otherwise
    },
    url(name) {
      const value = optional(name)
      if (value === undefined) return undefined
      const { protocol = '', username = '', password = '' } = URL.parse(value) ?? {}
      if (username !== '' || password !== '') {
        // Not repeated: it is a secret.
        problem(`${name} contains a user name or a password, which are not sent. Take them out.`)
        return undefined
      }
      if (/^https?:$/.test(protocol)) return value
      // A key that was put here by mistake is not repeated.
      const shown = /[.:/]/.test(value) ? `${name}=${value}` : name
      problem(`${shown} is not an address that starts with http:// or https://.`)
      return undefined
    },
  }
}
