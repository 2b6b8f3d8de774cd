// Keeps the page of an order true: it hears of each change and puts in what is new, without taking away
// what somebody is reading or typing. Without this script the page is loaded anew now and then.
(() => {
  const main = () => document.querySelector("main[data-events]");
  if (!main()) return;
  const POLL_MS = 10000;
  const announce = document.getElementById("announce");
  // What the server sent for each part: a part that it sends again unchanged is left alone.
  const sent = new Map();
  // Without what differs each time: how long ago something was, and the keys of forms.
  const essence = (part) =>
    part.outerHTML.replace(/(<time [^>]*>)[^<]*/g, "$1").replace(/(name="key" value=")[^"]*/g, "$1");
  const remember = (root) => {
    for (const part of root.children) if (part.id) sent.set(part.id, essence(part));
  };

  // Frames are as high as their texts, so that there is one thing to scroll.
  const fit = (frame) => {
    const measure = () => {
      const root = frame.contentDocument?.documentElement;
      if (root?.querySelector("main")) frame.style.height = `${root.querySelector("body").offsetHeight + 2}px`;
    };
    frame.addEventListener("load", measure);
    new ResizeObserver(measure).observe(frame);
    measure();
  };

  const ready = (root) => {
    root.querySelectorAll("iframe").forEach(fit);
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll("[data-copy]")) {
      const label = button.textContent;
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = "Copied";
        announce.textContent = "The address is copied.";
        setTimeout(() => { button.textContent = label; }, 2000);
      });
    }
  };

  // What somebody has opened or typed comes back, also after the order was elsewhere for a while.
  const touched = new Map();
  document.addEventListener("input", ({ target }) => { if (target.id) touched.set(target.id, { value: target.value }); });
  document.addEventListener("toggle", ({ target }) => { if (target.id) touched.set(target.id, { open: target.open }); }, true);
  document.addEventListener("submit", () => touched.clear());
  const restore = (root) => {
    for (const [id, state] of touched) {
      const same = root.querySelector(`[id="${id}"]`);
      if (same) Object.assign(same, state);
    }
  };

  const swap = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    const [old, fresh] = [main(), next.querySelector("main[data-events]")];
    if (!fresh) return location.reload();
    const focused = document.activeElement?.id;
    const title = old.querySelector("h1")?.textContent;
    const steps = old.querySelectorAll(".is-done").length;
    for (const part of [...fresh.children]) {
      const known = part.id && document.getElementById(part.id);
      if (known && old.contains(known) && sent.get(part.id) === essence(part)) {
        part.replaceWith(known.cloneNode(false));
        fresh.querySelector(`#${part.id}`).dataset.keep = "";
      } else if (part.id) {
        sent.set(part.id, essence(part));
      }
    }
    // Parts that stay are moved only around: a frame that is taken out of the page loads anew.
    for (const part of [...old.children]) {
      if (!part.id || !fresh.querySelector(`:scope > #${part.id}[data-keep]`)) part.remove();
    }
    let before = old.firstElementChild;
    for (const part of [...fresh.children]) {
      if ("keep" in part.dataset) before = document.getElementById(part.id).nextElementSibling;
      else {
        restore(part);
        old.insertBefore(part, before);
        ready(part);
      }
    }
    Object.assign(old.dataset, fresh.dataset);
    document.title = next.title;
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const done = [...old.querySelectorAll(".is-done")];
    done.slice(steps).forEach((step) => step.classList.add("just-done"));
    const now = old.querySelector("h1")?.textContent;
    if (now && now !== title) announce.textContent = `${now}. ${old.querySelector(".lead")?.textContent ?? ""}`;
  };

  let busy = false;
  let again = false;
  const refresh = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
      if (answer.ok) swap(await answer.text());
      else if (answer.status === 404) location.reload();
    } catch {
      // Offline, or we are: the next change gets through.
    }
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  };

  // Changes are numbered; the page says which one it shows.
  const heard = (change) => {
    if (change && change !== main().dataset.seen) refresh();
  };

  let polling = null;
  const ask = async () => {
    try {
      const address = main().dataset.events.replace(/\/events$/, "");
      const answer = await fetch(address, { cache: "no-store" });
      if (answer.ok) heard(answer.headers.get("etag")?.replace(/^W\/|"/g, ""));
      else if (answer.status === 404) location.reload();
    } catch {
      // The next one may get through.
    }
  };
  const poll = () => { polling ??= setInterval(ask, POLL_MS); };
  const listen = () => {
    if (!window.EventSource) return poll();
    const source = new EventSource(main().dataset.events);
    source.addEventListener("status", (event) => {
      clearInterval(polling);
      polling = null;
      heard(event.lastEventId);
    });
    // The browser comes back by itself, unless it was told not to; meanwhile we ask.
    source.addEventListener("error", poll);
  };

  // “2 minutes ago” grows old.
  const words = new Intl.RelativeTimeFormat("en");
  const tell = () => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
      const size = Math.abs(seconds);
      if (size < 45) continue;
      if (size < 5400) time.textContent = words.format(Math.round(seconds / 60), "minute");
      else if (size < 129600) time.textContent = words.format(Math.round(seconds / 3600), "hour");
      else if (size < 604800) time.textContent = words.format(Math.round(seconds / 86400), "day");
    }
  };

  remember(main());
  ready(main());
  listen();
  setInterval(tell, 30000);
})();
