package io.doorward.examples.howto;

import io.doorward.auth.servlet.WebOptions;

/** What docs/howto/spa.md shows. */
final class SinglePageApp {
  private SinglePageApp() {}

  static WebOptions options() {
    WebOptions options = WebOptions.builder().allowedOrigins("https://app.example.org").build();
    return options;
  }
}
