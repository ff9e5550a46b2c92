import type { Settings } from '#server/domain/settings.ts'

/** Says in one line why the server could not listen and what to do. */
export function describeListenFailure(error: unknown, { host, port }: Settings): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') {
    return `Port ${port} is already in use. Stop the program that uses it, or choose another port: PORT=${port + 1} npm start`
  }
  if (code === 'EACCES')
    return `Port ${port} may not be used by this account. Choose one above 1023: PORT=8000 npm start`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST=${host} is not an address of this machine. Leave HOST unset to use 127.0.0.1.`
  return `The server could not listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`
}
