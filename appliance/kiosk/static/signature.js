// Takes a signature: strokes of [x, y, ms] in the units of the frame, whatever the size of the screen.
"use strict";
(() => {
  document.getElementById("no-script").hidden = true;
  const canvas = document.getElementById("signature");
  const field = document.getElementById("strokes");
  const draw = canvas.getContext("2d");
  const signFirst = document.getElementById("sign-first");
  const minPoints = Number(canvas.dataset.minPoints);
  const maxPoints = Number(canvas.dataset.maxPoints);
  const nearest = 3;
  let strokes = field.value ? JSON.parse(field.value) : [];
  let stroke = null;
  let points = strokes.reduce((count, one) => count + one.length, 0);
  let firstTouch = 0;

  const between = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left - canvas.clientLeft) / canvas.clientWidth) * canvas.width;
    const y = ((event.clientY - box.top - canvas.clientTop) / canvas.clientHeight) * canvas.height;
    return [between(x, canvas.width), between(y, canvas.height), between(event.timeStamp - firstTouch, 600000)];
  };
  const line = (from, to) => {
    draw.lineWidth = 5;
    draw.lineCap = "round";
    draw.strokeStyle = "#14171a";
    draw.beginPath();
    draw.moveTo(from[0], from[1]);
    draw.lineTo(to[0], to[1]);
    draw.stroke();
  };
  const add = (event) => {
    const to = place(event);
    const from = stroke[stroke.length - 1];
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < nearest || points >= maxPoints) return;
    stroke.push(to);
    points += 1;
    line(from, to);
  };
  const end = () => {
    stroke = null;
    field.value = JSON.stringify(strokes);
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || points >= maxPoints) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    if (strokes.length === 0) firstTouch = event.timeStamp;
    signFirst.textContent = "";
    signFirst.classList.remove("problem");
    const from = place(event);
    stroke = [from];
    strokes.push(stroke);
    points += 1;
    line(from, from);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || !event.isPrimary) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) add(one);
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(kind, () => stroke && end());
  }
  document.getElementById("clear").addEventListener("click", () => {
    strokes = [];
    stroke = null;
    points = 0;
    field.value = "";
    draw.clearRect(0, 0, canvas.width, canvas.height);
  });
  document.querySelector("button[value=sign]").addEventListener("click", (event) => {
    if (event.defaultPrevented || points >= minPoints) return;
    event.preventDefault();
    signFirst.textContent = signFirst.dataset.text;
    signFirst.classList.add("problem");
  });
  for (const one of strokes) one.forEach((to, index) => line(one[Math.max(0, index - 1)], to));
})();
