/** adapters: one folder per channel family. Each verifies, translates to and from Activity, and sends; none knows a customer. */

export { LONGEST_ACTIVITY } from './web-chat/activity.ts'
export { createDirectLine, type DirectLine, type DirectLineDeps, type StreamRight } from './web-chat/direct-line.ts'
export { createAllowedOrigins } from './web-chat/origins.ts'
export { LARGEST_UPLOAD_BYTES } from './web-chat/upload.ts'
