// Release __RELEASE__.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js");
}
