declare module '*.css'
declare module '*.css?inline' {
  const css: string
  // biome-ignore lint/style/noDefaultExport: this is what Vite makes of a style sheet.
  export default css
}
