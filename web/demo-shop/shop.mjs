/** Links to the chat open the widget in place. Without it, or without scripts, they lead to the full page. */
for (const link of document.querySelectorAll('[data-open-chat]')) {
  link.addEventListener('click', (event) => {
    if (!window.zhike?.open) return
    event.preventDefault()
    window.zhike.open()
  })
}
