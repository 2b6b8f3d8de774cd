// The review works without this. With it, keys do what the links and buttons do: nothing else, so that
// whatever is refused is refused here, too. Single keys can be turned off, for those who speak to their
// computer.
(() => {
  "use strict";

  const OFF = "review-keys-off";
  const remembered = () => {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return false;
    }
  };

  const off = document.getElementById("keys-off");
  if (!off) return;
  off.checked = remembered();
  off.closest("label").hidden = false;
  off.addEventListener("change", () => {
    try {
      localStorage.setItem(OFF, off.checked ? "1" : "0");
    } catch {
      // Then it holds for this page.
    }
  });

  const follow = (rel) => document.querySelector(`.beside a[rel=${rel}]`)?.click();

  const toggle = (id) => {
    const part = document.getElementById(id);
    if (!part) return;
    part.open = !part.open;
    part.querySelector("summary").focus();
    if (part.open) part.scrollIntoView({ block: "nearest" });
  };

  const actions = {
    j: () => follow("next"),
    k: () => follow("prev"),
    d: () => toggle("diff"),
    r: () => toggle("report"),
    "?": () => toggle("keys"),
    a: () => {
      const form = document.getElementById("approve");
      // A key that is held down repeats: one order is approved by it, not all of them.
      if (!form || form.dataset.sent) return;
      form.dataset.sent = "1";
      form.requestSubmit();
    },
    c: () => {
      const changes = document.getElementById("changes");
      if (!changes) return;
      changes.open = true;
      changes.querySelector("textarea").focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (off.checked || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
