// Browsers start no worker from a file. There, the search runs in a hidden frame, which answers in a worker's way.
// The search asks for `IFrameWorker` by name.
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(script) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.ready = new Promise((resolve) => frame.addEventListener("load", () => resolve(frame.contentWindow)));
      const answers = (event) => {
        if (event.source === frame.contentWindow) {
          this.dispatchEvent(new MessageEvent("message", { data: event.data }));
        }
      };
      addEventListener("message", answers);
      const address = new URL(script, document.baseURI).href;
      frame.srcdoc = `<script>postMessage = (data) => parent.postMessage(data, "*")<\/script><script src="${address}"><\/script>`;
      document.body.append(frame);
    }

    postMessage(data) {
      // Not frame.postMessage(): in the frame, that name is the way back.
      this.ready.then((frame) => frame.dispatchEvent(new frame.MessageEvent("message", { data })));
    }
  };
}
