// Watches a checkout and loads its page anew when something has happened. Without this script the page
// reloads by itself every few seconds.
(() => {
  const main = document.querySelector("[data-session]");
  if (!main) return;
  const { session, seen } = main.dataset;
  const address = `/api/v1/purchase/session/${encodeURIComponent(session)}`;
  // Every 2 s for five minutes, then every 15 s: money can be days on its way.
  const pause = () => (asked < 150 ? 2000 : 15000);
  let asked = 0;

  // A session that is not known yet is no error: it is asked for again.
  const ask = async () => {
    asked += 1;
    try {
      const answer = await fetch(address, { cache: "no-store", credentials: "omit" });
      if (answer.ok) {
        const { data } = await answer.json();
        const now = data.inReview ? `${data.status}+review` : data.status;
        if (now !== seen) return location.reload();
      }
    } catch {
      // Offline, or we are: the next one may get through.
    }
    setTimeout(ask, pause());
  };

  // Which page to pay on is told to the customer alone, who is whoever has this page: it is loaded anew.
  const reload = Number(main.dataset.reload);
  if (reload) setTimeout(() => location.reload(), reload * 1000);
  else setTimeout(ask, pause());
})();
