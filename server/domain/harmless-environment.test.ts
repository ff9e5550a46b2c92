import { expect, test } from 'vitest'
import { harmlessEnvironment } from './harmless-environment.ts'

test('hands on where things are, and no secret', () => {
  const needed = { PATH: '/bin', HOME: '/root', LC_ALL: 'C', CUDA_VISIBLE_DEVICES: '0', LD_LIBRARY_PATH: '/opt/lib' }
  const secret = { OPENAI_API_KEY: 'sk-1', SECRET_KEY: 's', DATABASE_URL: 'postgres://u:p@h', MY_PATH_TOKEN: 't' }
  expect(harmlessEnvironment({ ...needed, ...secret, LANG: undefined })).toEqual(needed)
})
