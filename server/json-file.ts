import { readFileSync } from 'node:fs'

/** Reads and parses a file that a setting names. Throws what is wrong, in words that go on after the file's name. */
export function readJsonFile(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error('is not JSON', { cause: error })
  }
}
