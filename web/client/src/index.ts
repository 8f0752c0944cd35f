/**
 * Sign-in and sessions by Keyturn for the browser, without a framework. Begin with `createKeyturn`.
 */
export type * from "./api.js";
export type { Channel, Message, Renewed } from "./channel.js";
export type { Clock } from "./clock.js";
export type { Diagnosis, Finding } from "./diagnose.js";
export { type ClientCode, type ErrorCode, KeyturnError } from "./error.js";
export { createKeyturn, type Keyturn, type SignOutResult, type SignUpResult } from "./keyturn.js";
export type { Lock } from "./lock.js";
export type { Snapshot, Status, User } from "./machine.js";
export type { KeyturnOptions } from "./options.js";
export type { Page } from "./page.js";
export type { Prepared, Repeats, Transport } from "./transport.js";
