package io.doorward.auth.servlet;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

/** The tests of a class share an application on each container; each test finds it as new. */
abstract class SharedApp {
  /** The class starts it. */
  static App app;

  @Parameter Stack stack;

  @AfterParameterizedClassInvocation
  static void stop() {
    app.close();
  }

  @BeforeEach
  void renew() {
    app.renew();
  }
}
