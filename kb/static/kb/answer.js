/* The buttons of an answer: copy its address, print it. They are there only where the browser can do it. */
(() => {
  const show = () =>
    document.querySelectorAll("[data-tool]").forEach((button) => {
      button.hidden = button.dataset.tool === "copy" && !navigator.clipboard;
    });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-tool]");
    if (!button) return;
    if (button.dataset.tool === "print") return print();
    const url = new URL(location.href);
    url.hash = "";
    await navigator.clipboard.writeText(url.href);
    button.parentElement.querySelector("[role=status]").textContent = "The address is copied.";
  });
  document.addEventListener("htmx:afterSettle", show);
  show();
})();
