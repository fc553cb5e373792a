const { default: Environment } = require('@jupyterlab/testing/lib/jest-env');

// jsdom has some of its own, which Node's Request and Response do not take
module.exports = class extends Environment {
  constructor(...words) {
    super(...words);
    Object.assign(this.global, {
      AbortController,
      AbortSignal,
      ReadableStream,
      TextDecoder,
      TextEncoder
    });
  }
};
