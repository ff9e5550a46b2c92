import type { Environment } from './setting-reader.ts'

/** What programs need to find their files, their language and their graphics card. Everything else may hold a secret. */
const NEEDED =
  /^(PATH|HOME|USER|SHELL|TMPDIR|TEMP|TMP|TZ|LANG|LC_\w+|SYSTEMROOT|WINDIR|COMSPEC|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAM(DATA|FILES)|(LD|DYLD)_\w+|(CUDA|NVIDIA|HIP|HSA|ROCM?|ROCR|VK|GGML|OMP|METAL|ZE|ONEAPI|SYCL)_\w+)$/i

/** The part of an environment that is handed to a process which runs foreign code. */
export function harmlessEnvironment(environment: Environment): Record<string, string> {
  const harmless: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && NEEDED.test(name)) harmless[name] = value
  }
  return harmless
}
