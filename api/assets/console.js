// The console works without this. With it, `/` goes to the search (unless single keys were turned off, on the
// review's page), and what carries `data-refresh="seconds"` and an id is asked for again now and then, while
// somebody looks and is not in the middle of something. Frames of texts grow to their height.
(() => {
  "use strict";

  const keysOff = () => {
    try {
      return localStorage.getItem("review-keys-off") === "1";
    } catch {
      return false;
    }
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || keysOff() || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById("search");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  const busy = (part) =>
    document.hidden || part.contains(document.activeElement) || part.querySelector("details[open]");

  const refresh = async (part) => {
    if (busy(part)) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (fresh && !busy(part)) part.replaceChildren(...fresh.childNodes);
    } catch {
      // The next time may go better.
    }
  };

  // On a phone the parts of the console are a row to be pushed sideways: the one that is open is in sight.
  const here = document.querySelector(".desk-nav [aria-current]");
  const row = here?.closest("ul");
  if (row) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;

  // Frames are as high as their texts, so that there is one thing to scroll.
  for (const frame of document.querySelectorAll("iframe.article-frame")) {
    const measure = () => {
      const root = frame.contentDocument?.documentElement;
      if (root?.querySelector("main")) frame.style.height = `${root.querySelector("body").offsetHeight + 2}px`;
    };
    frame.addEventListener("load", measure);
    new ResizeObserver(measure).observe(frame);
    measure();
  }

  for (const part of document.querySelectorAll("[data-refresh][id]")) {
    setInterval(() => refresh(part), Number(part.dataset.refresh) * 1000);
  }
})();
