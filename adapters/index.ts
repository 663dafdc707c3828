/** adapters: one folder per channel family. Each verifies, translates to and from Activity, and sends; none knows a customer. */

export { createDirectLine, type DirectLine, type StreamRight } from './web-chat/direct-line.ts'
export { createAllowedOrigins, spellings } from './web-chat/origins.ts'
