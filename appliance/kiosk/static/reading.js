// Long texts are read on before the next screen: as long as their end has not been on the screen, the button to the
// right scrolls. What is signed as "read to the end" has been on the screen to its end.
"use strict";
(() => {
  const end = document.getElementById("read-to");
  const bar = document.getElementById("turn");
  const onward = document.querySelector("button[data-more]");
  const more = document.getElementById("more");
  const button = onward ?? more;
  if (!end || !button) return;
  const label = button.textContent;
  const page = document.documentElement;
  const hidden = () =>
    end.getBoundingClientRect().top > bar.getBoundingClientRect().top + 1 &&
    Math.ceil(page.scrollTop + page.clientHeight) < page.scrollHeight;
  let read = false;
  const look = () => {
    read = read || !hidden();
    if (onward) onward.textContent = read ? label : onward.dataset.more;
    if (more) more.hidden = read;
  };
  button.addEventListener("click", (event) => {
    if (read) return;
    event.preventDefault();
    window.scrollBy({ top: bar.getBoundingClientRect().top * 0.6 });
  });
  window.addEventListener("scroll", look, { passive: true });
  window.addEventListener("resize", look);
  new ResizeObserver(look).observe(document.querySelector("main"));
  look();
})();
