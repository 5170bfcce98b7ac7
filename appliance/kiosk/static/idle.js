// Asks whether somebody is still there, tells the box while they are, and clears the screen when they are not.
// Without this script the box does the same by itself, only without asking.
"use strict";
(() => {
  const dialog = document.getElementById("idle");
  const leave = document.getElementById("idle-leave");
  if (!dialog || !leave) return;
  const left = document.getElementById("idle-left");
  const afterMs = Number(dialog.dataset.afterS) * 1000;
  const answerS = Number(dialog.dataset.answerS);
  const tellEveryMs = 30000;
  let lastAction = Date.now();
  let lastTold = Date.now();

  const tell = () => {
    lastTold = Date.now();
    const body = new URLSearchParams({ form_token: dialog.dataset.token });
    fetch(dialog.dataset.alive, { method: "POST", body, redirect: "manual" })
      .then((answer) => {
        if (answer.type === "opaqueredirect") location.reload();
      })
      .catch(() => {});
  };
  const acted = () => {
    if (dialog.open) return;
    lastAction = Date.now();
    if (lastAction - lastTold > tellEveryMs) tell();
  };
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "scroll", "touchstart"]) {
    window.addEventListener(kind, acted, { passive: true, capture: true });
  }
  document.getElementById("idle-stay").addEventListener("click", () => {
    dialog.close();
    lastAction = Date.now();
    tell();
  });
  dialog.addEventListener("cancel", (event) => event.preventDefault());

  setInterval(() => {
    const restS = Math.ceil((lastAction + afterMs) / 1000 + answerS - Date.now() / 1000);
    if (restS <= 0) {
      leave.submit();
    } else if (restS <= answerS) {
      if (!dialog.open) dialog.showModal();
      left.textContent = String(restS);
    }
  }, 500);
})();
