// Dialogs of the browser's own: focus stays inside, Escape closes, the opener gets the focus back.

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.open);
      const about = dialog?.querySelector("[data-about-here]");
      if (about) about.value = opener.dataset.about; // one dialog for all rows: it asks about the one that opened it
      dialog?.showModal();
      dialog?.dispatchEvent(new CustomEvent("opened"));
      return;
    }
    const dialog = event.target.closest("dialog");
    if (dialog && (event.target.closest("[data-close]") || event.target === dialog)) dialog.close();
  });
}
