/* Keys on the pages of review: to the buttons of a decision and to the next change; and a button that ticks all boxes. */
(() => {
  const USED = "review-keys";
  const keys = document.querySelector(".keys");
  const find = (key) => document.querySelector(`[data-key="${key}"]:not([disabled])`);
  const focus = (element) => {
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  };
  if (keys) {
    const used = document.getElementById("use-keys");
    const remark = document.getElementById("remark");
    keys.hidden = false;
    used.checked = localStorage.getItem(USED) !== "off";
    used.addEventListener("change", () => localStorage.setItem(USED, used.checked ? "on" : "off"));
    document.addEventListener("keydown", (event) => {
      if (event.target === remark && event.key === "Enter" && (event.ctrlKey || event.metaKey) && find("s")) {
        event.preventDefault();
        find("s").click();
        return;
      }
      const typing = event.target.closest("textarea, select, input:not([type=checkbox]), .select2-container");
      if (!used.checked || typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      const element = find(event.key);
      if (!element) return;
      event.preventDefault();
      if (event.key === "n") element.click();
      else focus(event.key === "s" ? remark : element);
    });
  }
  for (const button of document.querySelectorAll("[data-tick-all]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const box of document.getElementsByName(button.dataset.tickAll)) box.checked = true;
    });
  }
})();
