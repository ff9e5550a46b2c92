import type { Transaction } from './transaction.ts'

/** A port's methods as transactions: the same arguments, and the result without its promise. */
export type TransactionsOf<Port> = {
  [Name in keyof Port]: Port[Name] extends (...args: infer Arguments) => Promise<infer Result>
    ? (...args: Arguments) => Transaction<Result>
    : never
}
