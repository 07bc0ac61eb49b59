// Dialogs of the browser's own: focus stays inside, Escape closes, the opener gets the focus back.

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.open);
      dialog?.showModal();
      dialog?.dispatchEvent(new CustomEvent("opened"));
      return;
    }
    const dialog = event.target.closest("dialog");
    if (dialog && (event.target.closest("[data-close]") || event.target === dialog)) dialog.close();
  });
}
