/** Keeps users from having the server call addresses that only the server can reach. */
export interface AddressGuard {
  /**
   * Why a user's base URL is refused, in words for that user; undefined when it may be used. Also asks the name service, as
   * far as that answers soon. Not the last word: names change, so whoever connects checks the addresses again.
   */
  refusal(baseUrl: string): Promise<string | undefined>
}
