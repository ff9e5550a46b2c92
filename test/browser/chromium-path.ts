/** The Chromium that comes with the development dependencies, or the one that `CHROMIUM_PATH` names. */
export async function chromiumPath(): Promise<string> {
  const own = process.env['CHROMIUM_PATH']
  if (own) return own
  // Read when the module is loaded: it then unpacks the system libraries that a bare machine lacks.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs24.x'
  const bundled = await import('@sparticuz/chromium')
  return await bundled.default.executablePath()
}
