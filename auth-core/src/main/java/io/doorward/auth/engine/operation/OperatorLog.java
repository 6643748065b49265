package io.doorward.auth.engine.operation;

import io.doorward.auth.AuthService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/**
 * Writes what an operator has to read. Where SLF4J has no provider and would drop it, warnings and
 * errors go to the platform's logger, which writes to {@code System.err} unless the application
 * says otherwise. Thread-safe.
 */
final class OperatorLog {
  private final Logger log;
  private final System.Logger instead;

  OperatorLog(Logger log, System.Logger instead) {
    this.log = log;
    this.instead = instead;
  }

  /** Returns the log of the service. */
  static OperatorLog ofService() {
    return new OperatorLog(
        LoggerFactory.getLogger(AuthService.class), System.getLogger(AuthService.class.getName()));
  }

  void info(String text) {
    log.info("{}", text);
  }

  void warn(String text) {
    if (log instanceof NOPLogger) {
      instead.log(System.Logger.Level.WARNING, text);
    } else {
      log.warn("{}", text);
    }
  }

  void error(String text) {
    if (log instanceof NOPLogger) {
      instead.log(System.Logger.Level.ERROR, text);
    } else {
      log.error("{}", text);
    }
  }
}
