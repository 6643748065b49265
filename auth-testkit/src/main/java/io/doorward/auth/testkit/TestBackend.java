package io.doorward.auth.testkit;

import org.jspecify.annotations.Nullable;

/** Where the servers of a test come from. */
enum TestBackend {
  /** Binaries out of Maven artifacts, started as child processes. */
  EMBEDDED,
  /** Containers of a Docker engine. */
  TESTCONTAINERS;

  private static final String VARIABLE = "DOORWARD_TEST_BACKEND";

  static TestBackend fromEnvironment() {
    return parse(System.getenv(VARIABLE));
  }

  static TestBackend parse(@Nullable String text) {
    if (text == null || text.isEmpty() || text.equals("embedded")) {
      return EMBEDDED;
    }
    if (text.equals("testcontainers")) {
      return TESTCONTAINERS;
    }
    throw new IllegalArgumentException(VARIABLE + " must be embedded or testcontainers: " + text);
  }
}
